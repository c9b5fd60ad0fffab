#include "operator_cli/command_line.h"

#include "CLI/CLI.hpp"
#include "libs/program/address_option.h"
#include "libs/program/exit_code.h"
#include "libs/program/program.h"
#include "operator_cli/commands/account_commands.h"
#include "operator_cli/commands/device_commands.h"
#include "operator_cli/commands/ledger_commands.h"
#include "operator_cli/commands/pki_commands.h"
#include "operator_cli/commands/status_command.h"

namespace signet::operator_cli {
namespace {

absl::Status NoCommand() {
  return serving::WithExitCode(
      absl::InvalidArgumentError("no command is given; see signetctl --help, or --help after "
                                 "account, device, ledger or pki"),
      serving::ExitCode::kUsage);
}

}  // namespace

void Register(CLI::App& app, Options& options, Command& chosen) {
  app.add_option("--platform", options.platform, "The platform's address, host:port")
      ->check(serving::CheckServerAddress);
  app.add_option("--tls-certificate", options.tls_certificate, "The operator's certificate (PEM)");
  app.add_option("--tls-key", options.tls_key, "Its private key (PEM)");
  app.add_option("--tls-roots", options.tls_roots, "The service CA's certificate (PEM)");
  app.add_option("--timeout", options.timeout_s, "Seconds that a call may take")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  cli::RegisterTelling(app, options.telling);
  app.require_subcommand(0, 1);
  RegisterStatusCommand(app, chosen);
  RegisterAccountCommands(app, chosen);
  RegisterDeviceCommands(app, chosen);
  RegisterLedgerCommands(app, chosen);
  RegisterPkiCommands(app, chosen);
  cli::LetOptionsFallThrough(app);
}

absl::Status RunChosen(const Command& chosen, const Options& options) {
  return cli::RunCommand(options.telling, [&](cli::Output& output) {
    return chosen != nullptr ? chosen(options, output) : NoCommand();
  });
}

}  // namespace signet::operator_cli
