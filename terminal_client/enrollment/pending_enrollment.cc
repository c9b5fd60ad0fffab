#include "terminal_client/enrollment/pending_enrollment.h"

#include <utility>

#include "libs/base/status.h"
#include "libs/files/private_folder.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/p256.h"
#include "terminal_client/private_files.h"

namespace signet::terminal {
namespace {

constexpr size_t kMaxFileBytes = 64 * 1024;
constexpr char kCommonName[] = "signet terminal";  // the issuer decides the names

// A file's message; nothing where the file is missing or is not one (it is then made anew).
template <typename Message>
std::optional<Message> LoadMessage(const std::string& path) {
  const auto bytes = ReadWholeFile(path, kMaxFileBytes);
  Message message;
  if (!bytes.ok() || !message.ParseFromString(*bytes)) return std::nullopt;
  return message;
}

// Whether the request is for this key and intact.
bool Fits(const std::string& csr_der, const std::string& key_spki_der) {
  const auto requested = openssl::VerifyCsr(csr_der);
  return requested.ok() && *requested == key_spki_der;
}

}  // namespace

absl::StatusOr<PendingEnrollment> PendingEnrollment::Open(const std::string& folder) {
  SIGNET_RETURN_IF_ERROR(EnsurePrivateFolder(folder));
  PendingEnrollment pending(folder);
  SIGNET_RETURN_IF_ERROR(pending.LoadOrMakeKey());
  return pending;
}

absl::Status PendingEnrollment::LoadOrMakeKey() {
  const std::string key_path = folder_ + "/terminal.key";
  const std::string csr_path = folder_ + "/terminal.csr";
  auto pem = ReadWholeFile(key_path, kMaxFileBytes);
  if (pem.ok()) {
    key_pem_ = Secret::TakeFrom(*pem);
    const auto key = openssl::P256PrivateKey::FromPem(key_pem_.reveal());
    const auto csr = ReadWholeFile(csr_path, kMaxFileBytes);
    if (key.ok() && csr.ok() && Fits(*csr, (*key)->PublicKeyDer())) {
      key_spki_der_ = (*key)->PublicKeyDer();
      csr_der_ = *csr;
      request_ = LoadMessage<device::v1::EnrollmentRequest>(folder_ + "/request.pb");
      response_ = LoadMessage<device::v1::EnrollmentResponse>(folder_ + "/response.pb");
      return absl::OkStatus();
    }
  }
  // None yet, or half of one: whatever else is there belongs to another key.
  SIGNET_RETURN_IF_ERROR(Remove());
  SIGNET_ASSIGN_OR_RETURN(const auto key, openssl::P256PrivateKey::Generate());
  key_pem_ = key->ToPem();
  key_spki_der_ = key->PublicKeyDer();
  SIGNET_ASSIGN_OR_RETURN(csr_der_, openssl::BuildCsr(kCommonName, key_spki_der_, *key));
  SIGNET_RETURN_IF_ERROR(WritePrivateFile(key_path, key_pem_.reveal()));
  return WritePrivateFile(csr_path, csr_der_);
}

absl::Status PendingEnrollment::SaveRequest(const device::v1::EnrollmentRequest& request) {
  SIGNET_RETURN_IF_ERROR(WritePrivateFile(folder_ + "/request.pb", request.SerializeAsString()));
  request_ = request;
  return absl::OkStatus();
}

absl::Status PendingEnrollment::SaveResponse(const device::v1::EnrollmentResponse& response) {
  SIGNET_RETURN_IF_ERROR(WritePrivateFile(folder_ + "/response.pb", response.SerializeAsString()));
  response_ = response;
  return absl::OkStatus();
}

absl::Status PendingEnrollment::ForgetResponse() {
  SIGNET_RETURN_IF_ERROR(RemoveFile(folder_ + "/response.pb"));
  response_.reset();
  return absl::OkStatus();
}

absl::Status PendingEnrollment::StartOver() {
  SIGNET_RETURN_IF_ERROR(ForgetResponse());
  SIGNET_RETURN_IF_ERROR(RemoveFile(folder_ + "/request.pb"));
  request_.reset();
  return absl::OkStatus();
}

absl::Status PendingEnrollment::Remove() {
  SIGNET_RETURN_IF_ERROR(StartOver());
  SIGNET_RETURN_IF_ERROR(RemoveFile(folder_ + "/terminal.csr"));
  return RemoveFile(folder_ + "/terminal.key");
}

}  // namespace signet::terminal
