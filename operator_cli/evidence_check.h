// Did the devices sign what the platform booked? Asked without trusting the platform: by the device
// CA's certificate, as the operator holds it. Pure.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/keys/keys.h"
#include "libs/openssl/certificate.h"
#include "signet/platform/v1/operator.pb.h"

namespace signet::operator_cli {

class EvidenceCheck {
 public:
  // At most so many findings are kept.
  EvidenceCheck(openssl::TrustAnchor device_ca, size_t max_findings)
      : device_ca_(std::move(device_ca)), max_findings_(max_findings) {}

  // Payments of one device after another, as they are listed. certificate_der: their device's.
  void Check(const platform::v1::PaymentEvidence& payment, const std::string& certificate_der);

  size_t signatures() const { return signatures_; }  // that are right
  const std::vector<std::string>& findings() const { return findings_; }

 private:
  // The certificate that was looked at last, and its key; null where it is not one of the device's.
  struct Device {
    std::string id;
    std::string certificate_der;
    std::shared_ptr<VerifyingKey> key;
    int64_t not_before_unix_s = 0;
    int64_t not_after_unix_s = 0;
  };

  void LookAtDevice(const platform::v1::PaymentEvidence& payment,
                    const std::string& certificate_der);
  void CheckSigned(const platform::v1::PaymentEvidence& payment,
                   const platform::v1::SignedEvidence& evidence, int message_type,
                   const std::string& what);
  void Expect(bool holds, const platform::v1::PaymentEvidence& payment, const std::string& finding);

  const openssl::TrustAnchor device_ca_;
  const size_t max_findings_;
  Device device_;
  size_t signatures_ = 0;
  std::vector<std::string> findings_;
};

}  // namespace signet::operator_cli
