#include "hsm_agent/enrollment_checks.h"

#include "absl/strings/str_cat.h"
#include "libs/base/big_endian.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/p256.h"

namespace signet::hsm_agent {
namespace {

using device::v1::EnrolledDevice;
using device::v1::EnrollmentResponse;
using device::v1::PendingEnrollment;

constexpr size_t kIdBytes = 4;
constexpr size_t kCheckValueBytes = 5;

absl::Status Refuse(const std::string& why) {
  return absl::UnauthenticatedError(absl::StrCat("the enrollment's answer is refused: ", why));
}

absl::Status CheckSizes(const EnrollmentResponse& response) {
  if (response.bdk_id().size() != kIdBytes) return Refuse("BDK ID");
  if (response.device_id().size() != kIdBytes) return Refuse("device ID");
  if (response.initial_key_check_value().size() != kCheckValueBytes) return Refuse("check value");
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

absl::StatusOr<EnrolledDevice> CheckEnrollment(const PendingEnrollment& pending,
                                               const EnrollmentResponse& response,
                                               int64_t now_unix_s) {
  SIGNET_RETURN_IF_ERROR(CheckSizes(response));
  const std::string& ca = response.device_ca_certificate_der();
  const absl::StatusOr<openssl::CertificateInfo> ca_info = openssl::ParseCertificate(ca);
  if (!ca_info.ok()) return Refuse("the CA's certificate cannot be read");
  SIGNET_RETURN_IF_ERROR(
      CheckCertificate("the CA's certificate", ca, ca, ca_info->public_key_spki_der, now_unix_s)
          .status());
  SIGNET_RETURN_IF_ERROR(CheckCertificate("the device's certificate",
                                          response.device_certificate_der(), ca,
                                          pending.signing_public_key_der(), now_unix_s)
                             .status());
  SIGNET_ASSIGN_OR_RETURN(const std::string terminal_key, TerminalKey(pending));
  SIGNET_ASSIGN_OR_RETURN(
      const openssl::CertificateInfo terminal,
      CheckCertificate("the terminal's certificate", response.terminal_certificate_der(), ca,
                       terminal_key, now_unix_s));
  EnrolledDevice enrollment;
  enrollment.set_bdk_id(ReadBigEndian32(response.bdk_id(), 0));
  enrollment.set_device_id(ReadBigEndian32(response.device_id(), 0));
  if (terminal.spiffe_id !=
      absl::StrCat("spiffe://signet/device/", FormatDeviceId(enrollment.device_id()))) {
    return Refuse("the terminal's certificate names another device");
  }
  if (!openssl::ParseP256PublicKey(response.receipt_public_key_der()).ok()) {
    return Refuse("the receipt key is not a P-256 key");
  }
  enrollment.set_device_certificate_der(response.device_certificate_der());
  enrollment.set_terminal_certificate_der(response.terminal_certificate_der());
  enrollment.set_device_ca_certificate_der(ca);
  enrollment.set_receipt_public_key_der(response.receipt_public_key_der());
  return enrollment;
}

bool IsRepeated(const EnrolledDevice& enrollment, const EnrollmentResponse& response) {
  return CheckSizes(response).ok() &&
         enrollment.bdk_id() == ReadBigEndian32(response.bdk_id(), 0) &&
         enrollment.device_id() == ReadBigEndian32(response.device_id(), 0) &&
         enrollment.device_certificate_der() == response.device_certificate_der() &&
         enrollment.terminal_certificate_der() == response.terminal_certificate_der() &&
         enrollment.device_ca_certificate_der() == response.device_ca_certificate_der() &&
         enrollment.receipt_public_key_der() == response.receipt_public_key_der();
}

}  // namespace signet::hsm_agent
