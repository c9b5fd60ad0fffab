// signetctl ledger verify
#pragma once

#include "absl/status/status.h"
#include "operator_cli/commands/command.h"
#include "signet/platform/v1/operator.pb.h"

namespace CLI {
class App;
}

namespace signet::operator_cli {

// Adds the command; put into chosen where the command line names it.
void RegisterLedgerCommands(CLI::App& app, Command& chosen);

// Prints the verdict. OK where the ledger is consistent, otherwise an error (exit code 1).
absl::Status ReportVerification(const platform::v1::VerifyLedgerResponse& verdict,
                                cli::Output& output);

}  // namespace signet::operator_cli
