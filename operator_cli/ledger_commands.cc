#include "operator_cli/ledger_commands.h"

#include <chrono>
#include <map>

#include "CLI/CLI.hpp"
#include "libs/base/money.h"
#include "libs/base/status.h"
#include "libs/serving/exit_code.h"
#include "libs/serving/program.h"
#include "operator_cli/operator_client.h"

namespace signet::operator_cli {
namespace {

using platform::v1::VerifyLedgerRequest;
using platform::v1::VerifyLedgerResponse;

// A whole ledger is read: far longer than other calls.
constexpr std::chrono::seconds kVerificationTimeout{3600};

absl::Status Verify(const Options& options, Output& output) {
  SIGNET_ASSIGN_OR_RETURN(const auto client, OperatorClient::Create(options));
  output.Note("Recomputing the journal's hash chains and replaying every batch …");
  SIGNET_ASSIGN_OR_RETURN(
      const VerifyLedgerResponse verdict,
      (client->Read<VerifyLedgerRequest, VerifyLedgerResponse>(
          &OperatorMethods::VerifyLedger, VerifyLedgerRequest(), kVerificationTimeout)));
  return ReportVerification(verdict, output);
}

void PrintText(const VerifyLedgerResponse& verdict, Output& output) {
  Fields fields = {
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

absl::Status ReportVerification(const VerifyLedgerResponse& verdict, Output& output) {
  if (output.json()) {
    output.Json(verdict);
  } else {
    PrintText(verdict, output);
  }
  if (verdict.consistent()) return absl::OkStatus();
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
  verify->callback([&chosen] { chosen = Verify; });
}

}  // namespace signet::operator_cli
