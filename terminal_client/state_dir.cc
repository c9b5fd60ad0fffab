#include "terminal_client/state_dir.h"

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/files/private_folder.h"
#include "libs/openssl/certificate.h"
#include "terminal_client/private_files.h"
#include "terminal_client/receipt.h"

namespace signet::terminal {

bool StateDir::IsEnrolled() const { return FileExists(path_ + "/terminal.pem"); }

absl::Status StateDir::SaveIdentity(const EnrolledIdentity& identity) const {
  SIGNET_RETURN_IF_ERROR(WritePrivateFile(
      path_ + "/device-ca.pem", openssl::ToPem("CERTIFICATE", identity.device_ca_certificate_der)));
  SIGNET_RETURN_IF_ERROR(WritePrivateFile(
      receipt_key_path(), openssl::ToPem("PUBLIC KEY", identity.receipt_public_key_der)));
  SIGNET_RETURN_IF_ERROR(
      WritePrivateFile(path_ + "/terminal.key", identity.terminal_key_pem.reveal()));
  return WritePrivateFile(path_ + "/terminal.pem",
                          openssl::ToPem("CERTIFICATE", identity.terminal_certificate_der));
}

absl::StatusOr<rpc::TlsFiles> StateDir::TlsFilesFor(const std::string& server_ca) const {
  if (!IsEnrolled()) {
    return absl::FailedPreconditionError(
        absl::StrCat("this terminal is not enrolled (no certificate in ", path_,
                     "); run `signet enroll`, or correct --state-dir"));
  }
  return rpc::TlsFiles{path_ + "/terminal.pem", path_ + "/terminal.key", server_ca};
}

absl::Status StateDir::PrepareReceipts() const {
  SIGNET_RETURN_IF_ERROR(EnsurePrivateFolder(path_));
  return EnsurePrivateFolder(path_ + "/receipts");
}

absl::StatusOr<std::string> StateDir::SaveReceipt(
    const std::string& payment_id, const payments::v1::SignedReceipt& receipt) const {
  SIGNET_RETURN_IF_ERROR(ParsePaymentId(payment_id).status());  // it becomes a file's name
  SIGNET_RETURN_IF_ERROR(PrepareReceipts());
  const std::string file = absl::StrCat(path_, "/receipts/", payment_id, ".json");
  SIGNET_ASSIGN_OR_RETURN(const std::string json, ReceiptToJson(receipt));
  SIGNET_RETURN_IF_ERROR(WritePrivateFile(file, json));
  return file;
}

absl::Status StateDir::NoteUnfinished(const std::string& payment_id) const {
  return WritePrivateFile(path_ + "/unfinished", payment_id);
}

void StateDir::ForgetUnfinished() const { RemoveFile(path_ + "/unfinished").IgnoreError(); }

std::string StateDir::Unfinished() const {
  constexpr size_t kMaxBytes = 64;
  const auto id = ReadWholeFile(path_ + "/unfinished", kMaxBytes);
  return id.ok() && ParsePaymentId(*id).ok() ? *id : "";
}

}  // namespace signet::terminal
