// The terminal's own folder: its TLS key and certificate, what was pinned at enrollment, receipts.
//
//   terminal.key      its TLS key, PKCS#8 PEM       terminal.pem     its certificate; written last,
//   device-ca.pem     who signs devices                              so it means "enrolled"
//   receipt-key.pem   who signs receipts            receipts/<payment ID>.json
//   unfinished        the ID of a payment whose end has not been shown yet
//   enrollment/       an enrollment that is under way (pending_enrollment.h)
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/secret.h"
#include "libs/rpc/tls.h"
#include "signet/payments/v1/payment.pb.h"

namespace signet::terminal {

// What a finished enrollment leaves.
struct EnrolledIdentity {
  Secret terminal_key_pem;
  std::string terminal_certificate_der;
  std::string device_ca_certificate_der;
  std::string receipt_public_key_der;
};

class StateDir {
 public:
  explicit StateDir(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  std::string receipt_key_path() const { return path_ + "/receipt-key.pem"; }
  std::string enrollment_path() const { return path_ + "/enrollment"; }

  bool IsEnrolled() const;
  absl::Status SaveIdentity(const EnrolledIdentity& identity) const;
  // FAILED_PRECONDITION "not enrolled".
  absl::StatusOr<rpc::TlsFiles> TlsFilesFor(const std::string& server_ca) const;

  // Makes receipts/, so that a full disk or a wrong mode shows before a payment, not after.
  absl::Status PrepareReceipts() const;
  // Returns the file's path.
  absl::StatusOr<std::string> SaveReceipt(const std::string& payment_id,
                                          const payments::v1::SignedReceipt& receipt) const;

  // One payment is under way at a time; its ID is kept until its receipt is, or its decline is
  // known.
  absl::Status NoteUnfinished(const std::string& payment_id) const;
  void ForgetUnfinished() const;   // left behind, the note costs one question to the agent
  std::string Unfinished() const;  // empty where there is none

 private:
  std::string path_;
};

}  // namespace signet::terminal
