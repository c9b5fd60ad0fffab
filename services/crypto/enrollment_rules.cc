#include "services/crypto/enrollment_rules.h"

#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/openssl/ed25519.h"
#include "libs/rpc/peer_identity.h"

namespace signet::crypto {
namespace {

using openssl::CertificateProfile;
using openssl::CertificateSpec;

constexpr int64_t kSecondsPerDay = 24 * 60 * 60;
// A device's clock may be this far behind ours.
constexpr int64_t kClockLeewaySeconds = 5 * 60;

CertificateSpec SpecFor(uint32_t device_id, int64_t now_unix_s, int64_t validity_days) {
  rpc::PeerIdentity device;
  device.role = rpc::Role::kDevice;
  device.device_id = device_id;
  CertificateSpec spec;
  spec.spiffe_id = rpc::SpiffeId(device);
  spec.not_before_unix_s = now_unix_s - kClockLeewaySeconds;
  spec.not_after_unix_s = now_unix_s + validity_days * kSecondsPerDay;
  return spec;
}

}  // namespace

absl::StatusOr<Enrollee> CheckEnrollment(const device::v1::EnrollmentRequest& request) {
  if (request.content().size() > kMaxEnrollmentContentBytes) {
    return absl::InvalidArgumentError("content of more than 8 KiB");
  }
  // The key is inside what it signs: it proves only that whoever knows the code made this request.
  // Whether the code is one of ours is the platform's to say.
  device::v1::EnrollmentContent content;
  if (!content.ParseFromString(request.content())) {
    return absl::InvalidArgumentError("content is malformed");
  }
  Enrollee enrollee;
  enrollee.activation_public_key = content.activation_public_key();
  enrollee.request_hash = EnrollmentDigest(request.content());
  SIGNET_RETURN_IF_ERROR(openssl::VerifyActivationSignature(
      enrollee.activation_public_key, enrollee.request_hash, request.signature()));
  SIGNET_ASSIGN_OR_RETURN(enrollee.device_key_spki_der,
                          openssl::VerifyCsr(content.device_csr_der()));
  SIGNET_ASSIGN_OR_RETURN(enrollee.terminal_key_spki_der,
                          openssl::VerifyCsr(content.terminal_csr_der()));
  if (enrollee.device_key_spki_der == enrollee.terminal_key_spki_der) {
    return absl::InvalidArgumentError("the terminal's key is the device's signing key");
  }
  SIGNET_ASSIGN_OR_RETURN(enrollee.transport_key,
                          openssl::ParseRsaPublicKey(content.transport_public_key_der()));
  return enrollee;
}

CertificateSpec DeviceCertificateSpec(const Enrollee& enrollee, uint32_t device_id,
                                      int64_t now_unix_s, int64_t validity_days) {
  CertificateSpec spec = SpecFor(device_id, now_unix_s, validity_days);
  spec.profile = CertificateProfile::kSigning;
  spec.common_name = "signet device " + FormatDeviceId(device_id);
  spec.public_key_spki_der = enrollee.device_key_spki_der;
  return spec;
}

CertificateSpec TerminalCertificateSpec(const Enrollee& enrollee, uint32_t device_id,
                                        int64_t now_unix_s, int64_t validity_days) {
  CertificateSpec spec = SpecFor(device_id, now_unix_s, validity_days);
  spec.profile = CertificateProfile::kClient;
  spec.common_name = "signet terminal " + FormatDeviceId(device_id);
  spec.public_key_spki_der = enrollee.terminal_key_spki_der;
  return spec;
}

bool IsEnrollmentRefusal(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::ALREADY_EXISTS:
      return true;
    default:
      return false;
  }
}

}  // namespace signet::crypto
