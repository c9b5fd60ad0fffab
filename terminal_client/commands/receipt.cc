#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/openssl/certificate.h"
#include "libs/program/program.h"
#include "terminal_client/commands/command.h"
#include "terminal_client/connections.h"
#include "terminal_client/failure.h"
#include "terminal_client/payments/finish.h"
#include "terminal_client/private_files.h"
#include "terminal_client/receipt.h"

namespace signet::terminal {
namespace {

using serving::ExitCode;

constexpr size_t kMaxKeyFileBytes = 16 * 1024;

struct VerifyText {
  std::string file;
  std::string key;  // empty: the one pinned at enrollment
};

// A file that is not there, or one that is not what was asked for: a folder, far too large.
absl::Status FileFailure(const absl::Status& error) {
  return serving::WithExitCode(
      error, absl::IsNotFound(error) ? ExitCode::kNotFoundOrConflict : ExitCode::kUsage);
}

absl::StatusOr<std::string> ReadReceiptKey(const VerifyText& text, const Options& options) {
  std::string path = text.key;
  if (path.empty()) {
    SIGNET_ASSIGN_OR_RETURN(const StateDir state, OpenStateDir(options));
    path = state.receipt_key_path();
  }
  const auto pem = ReadWholeFile(path, kMaxKeyFileBytes);
  if (!pem.ok()) {
    return FileFailure(Annotate(pem.status(), "the receipt key (enroll first, or give --key)"));
  }
  auto key = openssl::FromPem("PUBLIC KEY", *pem);
  if (!key.ok()) {
    return UsageFailure(
        absl::StrCat(path, " holds no public key in PEM: ", std::string(key.status().message())));
  }
  return key;
}

// Nobody is asked: the file and the key are all there is.
absl::Status Verify(const VerifyText& text, const Options& options, cli::Output& output) {
  SIGNET_ASSIGN_OR_RETURN(const std::string key, ReadReceiptKey(text, options));
  const auto json = ReadWholeFile(text.file, kMaxReceiptFileBytes);
  if (!json.ok()) return FileFailure(json.status());
  const auto receipt = VerifyReceiptJson(*json, key);
  if (absl::IsUnauthenticated(receipt.status())) {
    return serving::WithExitCode(Annotate(receipt.status(), text.file), ExitCode::kAuthentication);
  }
  if (!receipt.ok()) {
    return serving::WithExitCode(Annotate(receipt.status(), text.file), ExitCode::kUsage);
  }
  output.Done("the receipt is genuine");
  output.Result(*receipt, {}, ReceiptRecord(*receipt));
  output.Note("the receipt is genuine: signed by the receipt key, and unchanged since");
  return absl::OkStatus();
}

// The platform's copy, for the payer and for the payee.
absl::Status Fetch(const std::string& id, const Options& options, cli::Output& output) {
  if (const auto parsed = ParsePaymentId(id); !parsed.ok()) {
    return UsageFailure(std::string(parsed.status().message()));
  }
  SIGNET_ASSIGN_OR_RETURN(const StateDir state, OpenStateDir(options));
  SIGNET_ASSIGN_OR_RETURN(const Ways ways, ConnectBoth(options, state, output));
  SIGNET_RETURN_IF_ERROR(state.PrepareReceipts());
  SIGNET_ASSIGN_OR_RETURN(const auto receipt, FetchReceipt(ways.connections(), id, output));
  SIGNET_ASSIGN_OR_RETURN(const std::string file, state.SaveReceipt(id, receipt));
  ShowReceipt(id, receipt, file, output);
  return absl::OkStatus();
}

}  // namespace

void RegisterReceipt(CLI::App& app, Command& chosen) {
  CLI::App* receipt = app.add_subcommand("receipt", "Receipts");
  receipt->require_subcommand(1);
  CLI::App* verify = receipt->add_subcommand("verify", "Verify a receipt, offline");
  const auto text = std::make_shared<VerifyText>();
  verify->add_option("FILE", text->file, "The receipt's JSON file")->required();
  verify
      ->add_option("--key", text->key,
                   "The receipt public key in PEM (default: the one pinned at enrollment)")
      ->configurable(false);
  verify->callback([&chosen, text] {
    chosen = [text](const Options& options, cli::Output& output) {
      return Verify(*text, options, output);
    };
  });
  CLI::App* fetch = receipt->add_subcommand(
      "fetch", "Get a payment's receipt from the platform again, and keep it");
  const auto id = std::make_shared<std::string>();
  fetch->add_option("ID", *id, "The payment's ID, like 00000001-0000002a")->required();
  fetch->callback([&chosen, id] {
    chosen = [id](const Options& options, cli::Output& output) {
      return Fetch(*id, options, output);
    };
  });
}

}  // namespace signet::terminal
