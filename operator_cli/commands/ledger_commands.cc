#include "operator_cli/commands/ledger_commands.h"
#include "operator_cli/output.h"

#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "libs/base/money.h"
#include "libs/base/status.h"
#include "libs/program/exit_code.h"
#include "libs/program/program.h"
#include "operator_cli/evidence_check.h"
#include "operator_cli/operator_client.h"

namespace signet::operator_cli {
namespace {

using platform::v1::ListEvidenceRequest;
using platform::v1::ListEvidenceResponse;
using platform::v1::VerifyLedgerRequest;
using platform::v1::VerifyLedgerResponse;

// A whole ledger is read: far longer than other calls.
constexpr std::chrono::seconds kVerificationTimeout{3600};

constexpr size_t kMaxFindings = 100;

absl::StatusOr<openssl::TrustAnchor> ReadDeviceCa(const std::string& path) {
  std::ostringstream pem;
  pem << std::ifstream(path).rdbuf();
  if (const auto der = openssl::FromPem("CERTIFICATE", pem.str()); der.ok()) {
    auto device_ca = openssl::TrustAnchor::Parse(*der);
    if (device_ca.ok()) return device_ca;
  }
  return serving::WithExitCode(
      absl::InvalidArgumentError("--device-ca " + path +
                                 " is not a CA's certificate (PEM) that can be read; give the "
                                 "file that `signet-crypto init` wrote"),
      serving::ExitCode::kUsage);
}

// What the platform cannot say of itself.
absl::Status VerifySignatures(OperatorClient& client, EvidenceCheck& check) {
  ListEvidenceRequest request;
  do {
    SIGNET_ASSIGN_OR_RETURN(const ListEvidenceResponse page,
                            (client.Read<ListEvidenceRequest, ListEvidenceResponse>(
                                &OperatorMethods::ListEvidence, request)));
    for (const platform::v1::PaymentEvidence& payment : page.payments()) {
      const auto certificate = page.certificates().find(payment.payment_id().substr(0, 8));
      check.Check(payment, certificate == page.certificates().end() ? "" : certificate->second);
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status AddSignatures(OperatorClient& client, openssl::TrustAnchor device_ca,
                           VerifyLedgerResponse& verdict, cli::Output& output) {
  EvidenceCheck check(std::move(device_ca), kMaxFindings);
  output.Note("Verifying what the devices have signed …");
  SIGNET_RETURN_IF_ERROR(VerifySignatures(client, check));
  output.Note(std::to_string(check.signatures()) + " signatures of devices are right.");
  for (const std::string& finding : check.findings()) verdict.add_findings(finding);
  verdict.set_consistent(verdict.consistent() && check.findings().empty());
  return absl::OkStatus();
}

absl::Status Verify(const std::string& device_ca_file, const Options& options,
                    cli::Output& output) {
  std::optional<openssl::TrustAnchor> device_ca;
  if (!device_ca_file.empty()) {
    SIGNET_ASSIGN_OR_RETURN(device_ca, ReadDeviceCa(device_ca_file));
  }
  SIGNET_ASSIGN_OR_RETURN(const auto client, OperatorClient::Create(options));
  output.Note("Recomputing the journal's hash chains and replaying every batch …");
  SIGNET_ASSIGN_OR_RETURN(
      VerifyLedgerResponse verdict,
      (client->Read<VerifyLedgerRequest, VerifyLedgerResponse>(
          &OperatorMethods::VerifyLedger, VerifyLedgerRequest(), kVerificationTimeout)));
  if (device_ca) {
    SIGNET_RETURN_IF_ERROR(AddSignatures(*client, *std::move(device_ca), verdict, output));
  } else {
    output.Note("The devices' signatures were not verified; --device-ca does that.");
  }
  return ReportVerification(verdict, output);
}

void PrintText(const VerifyLedgerResponse& verdict, cli::Output& output) {
  cli::Fields fields = {
      {"ledger", verdict.consistent() ? "consistent" : "NOT CONSISTENT"},
      {"batches", std::to_string(verdict.batches())},
      {"payments", std::to_string(verdict.payments())},
      {"postings", std::to_string(verdict.entries())},
  };
  const std::map<std::string, int64_t> sums(verdict.imbalance_minor().begin(),
                                            verdict.imbalance_minor().end());
  for (const auto& [currency, sum] : sums) {
    fields.emplace_back("sum of " + Printable(currency),
                        FormatMoney(Money{Printable(currency), sum}));
  }
  output.Record(fields);
  for (const std::string& finding : verdict.findings()) {
    output.Line("finding: " + Printable(finding));
  }
}

}  // namespace

absl::Status ReportVerification(const VerifyLedgerResponse& verdict, cli::Output& output) {
  output.Json(verdict);
  PrintText(verdict, output);
  if (verdict.consistent()) {
    output.Done("the ledger is consistent");
    return absl::OkStatus();
  }
  const int count = verdict.findings_size();
  return serving::WithExitCode(
      absl::DataLossError("the ledger is not consistent (" + std::to_string(count) +
                          (count == 1 ? " finding" : " findings") +
                          "); stop payments, keep the database as it is and compare it with a "
                          "backup"),
      serving::ExitCode::kInternal);
}

void RegisterLedgerCommands(CLI::App& app, Command& chosen) {
  CLI::App* group = app.add_subcommand("ledger", "The ledger");
  group->require_subcommand(0, 1);
  CLI::App* verify = group->add_subcommand(
      "verify", "Recompute the journal's hash chains, replay it and compare every row with it");
  auto device_ca = std::make_shared<std::string>();
  verify->add_option(
      "--device-ca", *device_ca,
      "the device CA's certificate (PEM): verifies every signature of a device, too");
  verify->callback([device_ca, &chosen] {
    chosen = [device_ca](const Options& options, cli::Output& output) {
      return Verify(*device_ca, options, output);
    };
  });
}

}  // namespace signet::operator_cli
