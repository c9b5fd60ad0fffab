#include "CLI/CLI.hpp"
#include "libs/base/status.h"
#include "terminal_client/commands/command.h"
#include "terminal_client/connections.h"
#include "terminal_client/text.h"

namespace signet::terminal {
namespace {

absl::Status Balance(const Options& options, cli::Output& output) {
  SIGNET_ASSIGN_OR_RETURN(const StateDir state, OpenStateDir(options));
  SIGNET_ASSIGN_OR_RETURN(const Ways ways, ConnectBoth(options, state, output));
  SIGNET_ASSIGN_OR_RETURN(const auto result, Ask(ways.connections(), AccountQuery(), output));
  const payments::v1::AccountSummary& account = result.account();
  output.Result(account, {},
                {{"account", Printable(account.name() + " (" + account.handle() + ")")},
                 {"available", ShowMoney(account.available())},
                 {"posted", ShowMoney(account.posted())},
                 {"reserved", ShowMoney(account.reserved())},
                 {"payment limit", ShowMoney(account.payment_limit())}});
  return absl::OkStatus();
}

}  // namespace

void RegisterBalance(CLI::App& app, Command& chosen) {
  app.add_subcommand("balance", "Show this device's account")->callback([&chosen] {
    chosen = Balance;
  });
}

}  // namespace signet::terminal
