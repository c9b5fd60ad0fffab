// What decides about an enrollment without any key of ours. Pure; thread-safe.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/support/status.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/rsa.h"
#include "signet/device/v1/enrollment.pb.h"

namespace signet::crypto {

inline constexpr size_t kMaxEnrollmentContentBytes = 8 * 1024;

// A request whose signature and proofs of possession have been verified.
struct Enrollee {
  std::string activation_public_key;
  std::string request_hash;             // EnrollmentDigest(content)
  std::string device_key_spki_der;      // signs instructions; its half is in the device's module
  std::string terminal_key_spki_der;    // the terminal's TLS key
  openssl::RsaPublicKey transport_key;  // receives the initial key
};

// Any error is a refusal: its text is for the log.
absl::StatusOr<Enrollee> CheckEnrollment(const device::v1::EnrollmentRequest& request);

// The two certificates of a device: both name it, each for its one purpose.
openssl::CertificateSpec DeviceCertificateSpec(const Enrollee& enrollee, uint32_t device_id,
                                               int64_t now_unix_s, int64_t validity_days);
openssl::CertificateSpec TerminalCertificateSpec(const Enrollee& enrollee, uint32_t device_id,
                                                 int64_t now_unix_s, int64_t validity_days);

// Whether the platform's error is about this request rather than about the platform.
bool IsEnrollmentRefusal(const grpc::Status& status);

}  // namespace signet::crypto
