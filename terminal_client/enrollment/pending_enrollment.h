// An enrollment that is under way, kept so that a crash at any moment can be followed by the same
// enrollment: the platform admits the same request again, and only the same.
//
//   <state dir>/enrollment/   terminal.key  terminal.csr  request.pb  response.pb
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/secret.h"
#include "signet/device/v1/enrollment.pb.h"

namespace signet::terminal {

class PendingEnrollment {
 public:
  // Makes the folder, and in it the terminal's TLS key and its request for a certificate, unless an
  // earlier run has made them.
  static absl::StatusOr<PendingEnrollment> Open(const std::string& folder);

  const Secret& key_pem() const { return key_pem_; }
  const std::string& key_spki_der() const { return key_spki_der_; }
  const std::string& csr_der() const { return csr_der_; }

  // Nothing where an earlier run did not get that far.
  const std::optional<device::v1::EnrollmentRequest>& request() const { return request_; }
  const std::optional<device::v1::EnrollmentResponse>& response() const { return response_; }
  absl::Status SaveRequest(const device::v1::EnrollmentRequest& request);
  absl::Status SaveResponse(const device::v1::EnrollmentResponse& response);

  // Forgets the response alone: the same request is to be answered again.
  absl::Status ForgetResponse();
  // Forgets request and response: the next enrollment is a new one.
  absl::Status StartOver();
  // Removes the folder's files: the enrollment is finished.
  absl::Status Remove();

 private:
  explicit PendingEnrollment(std::string folder) : folder_(std::move(folder)) {}
  absl::Status LoadOrMakeKey();

  std::string folder_;
  Secret key_pem_;
  std::string key_spki_der_;
  std::string csr_der_;
  std::optional<device::v1::EnrollmentRequest> request_;
  std::optional<device::v1::EnrollmentResponse> response_;
};

}  // namespace signet::terminal
