#include "hsm_agent/enrollment/enrollment_checks.h"

#include "absl/strings/str_cat.h"
#include "libs/base/big_endian.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/p256.h"

namespace signet::hsm_agent {
namespace {

using device::v1::EnrolledDevice;
using device::v1::EnrollmentAnswer;
using device::v1::EnrollmentResponse;
using device::v1::PendingEnrollment;

constexpr size_t kIdBytes = 4;
constexpr size_t kCheckValueBytes = 5;

absl::Status Refuse(const std::string& why) {
  return absl::UnauthenticatedError(absl::StrCat("the enrollment's answer is refused: ", why));
}

// In software, as the certificates are verified: the CA's certificate comes from a file, so the
// module could not vouch for it, and a forged answer is refused before the PIN is asked for.
absl::StatusOr<EnrollmentAnswer> AuthenticAnswer(const PendingEnrollment& pending,
                                                 const EnrollmentResponse& response,
                                                 const std::string& device_ca_der) {
  SIGNET_ASSIGN_OR_RETURN(const openssl::CertificateInfo ca,
                          openssl::ParseCertificate(device_ca_der));
  SIGNET_ASSIGN_OR_RETURN(const auto ca_key, openssl::ParseP256PublicKey(ca.public_key_spki_der));
  const std::string request_hash = EnrollmentDigest(pending.request().content());
  if (!ca_key
           ->VerifyDigest(EnrollmentAnswerDigest(request_hash, response.content()),
                          response.signature())
           .ok()) {
    return Refuse(
        "the device CA given with --device-ca did not sign it for this request; is the file the "
        "operator's present device CA?");
  }
  EnrollmentAnswer answer;
  if (!answer.ParseFromString(response.content())) return Refuse("it cannot be read");
  if (answer.device_ca_certificate_der() != device_ca_der) {
    return Refuse("it names another device CA than the one given with --device-ca");
  }
  return answer;
}

absl::Status CheckSizes(const EnrollmentAnswer& answer) {
  if (answer.bdk_id().size() != kIdBytes) return Refuse("BDK ID");
  if (answer.device_id().size() != kIdBytes) return Refuse("device ID");
  if (answer.initial_key_check_value().size() != kCheckValueBytes) return Refuse("check value");
  return absl::OkStatus();
}

absl::StatusOr<openssl::CertificateInfo> CheckCertificate(const char* what,
                                                          std::string_view certificate_der,
                                                          std::string_view ca_der,
                                                          std::string_view public_key_der,
                                                          int64_t now_unix_s) {
  absl::StatusOr<openssl::CertificateInfo> info = openssl::ParseCertificate(certificate_der);
  if (!info.ok()) return Refuse(absl::StrCat(what, " cannot be read"));
  if (info->public_key_spki_der != public_key_der) {
    return Refuse(absl::StrCat(what, " is for another key"));
  }
  if (const absl::Status verified = openssl::VerifyCertificate(certificate_der, ca_der, now_unix_s);
      !verified.ok()) {
    return Refuse(absl::StrCat(what, ": ", verified.message()));
  }
  return info;
}

absl::StatusOr<std::string> TerminalKey(const PendingEnrollment& pending) {
  device::v1::EnrollmentContent content;
  if (!content.ParseFromString(pending.request().content())) {
    return absl::InternalError("the pending enrollment cannot be read");
  }
  return openssl::VerifyCsr(content.terminal_csr_der());
}

}  // namespace

absl::StatusOr<CheckedEnrollment> CheckEnrollment(const PendingEnrollment& pending,
                                                  const EnrollmentResponse& response,
                                                  const std::string& device_ca_der,
                                                  int64_t now_unix_s) {
  CheckedEnrollment checked;
  SIGNET_ASSIGN_OR_RETURN(checked.answer, AuthenticAnswer(pending, response, device_ca_der));
  const EnrollmentAnswer& answer = checked.answer;
  SIGNET_RETURN_IF_ERROR(CheckSizes(answer));
  SIGNET_RETURN_IF_ERROR(CheckCertificate("the device's certificate",
                                          answer.device_certificate_der(), device_ca_der,
                                          pending.signing_public_key_der(), now_unix_s)
                             .status());
  SIGNET_ASSIGN_OR_RETURN(const std::string terminal_key, TerminalKey(pending));
  SIGNET_ASSIGN_OR_RETURN(
      const openssl::CertificateInfo terminal,
      CheckCertificate("the terminal's certificate", answer.terminal_certificate_der(),
                       device_ca_der, terminal_key, now_unix_s));
  EnrolledDevice& device = checked.device;
  device.set_bdk_id(ReadBigEndian32(answer.bdk_id(), 0));
  device.set_device_id(ReadBigEndian32(answer.device_id(), 0));
  if (terminal.spiffe_id !=
      absl::StrCat("spiffe://signet/device/", FormatDeviceId(device.device_id()))) {
    return Refuse("the terminal's certificate names another device");
  }
  if (!openssl::ParseP256PublicKey(answer.receipt_public_key_der()).ok()) {
    return Refuse("the receipt key is not a P-256 key");
  }
  device.set_device_certificate_der(answer.device_certificate_der());
  device.set_terminal_certificate_der(answer.terminal_certificate_der());
  device.set_device_ca_certificate_der(device_ca_der);
  device.set_receipt_public_key_der(answer.receipt_public_key_der());
  return checked;
}

bool IsRepeated(const EnrolledDevice& enrollment, const EnrollmentResponse& response) {
  EnrollmentAnswer answer;
  return answer.ParseFromString(response.content()) && CheckSizes(answer).ok() &&
         enrollment.bdk_id() == ReadBigEndian32(answer.bdk_id(), 0) &&
         enrollment.device_id() == ReadBigEndian32(answer.device_id(), 0) &&
         enrollment.device_certificate_der() == answer.device_certificate_der() &&
         enrollment.terminal_certificate_der() == answer.terminal_certificate_der() &&
         enrollment.device_ca_certificate_der() == answer.device_ca_certificate_der() &&
         enrollment.receipt_public_key_der() == answer.receipt_public_key_der();
}

}  // namespace signet::hsm_agent
