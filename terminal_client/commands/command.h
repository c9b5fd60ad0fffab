// A command that the command line has chosen: registered by each Register…, run once.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "libs/cli/output.h"
#include "terminal_client/options.h"

namespace CLI {
class App;
}

namespace signet::terminal {

using Command = std::function<absl::Status(const Options& options, cli::Output& output)>;

void RegisterModule(CLI::App& app, Command& chosen);
void RegisterEnroll(CLI::App& app, Command& chosen);
void RegisterPay(CLI::App& app, Command& chosen);
void RegisterResume(CLI::App& app, Command& chosen);
void RegisterBalance(CLI::App& app, Command& chosen);
void RegisterShow(CLI::App& app, Command& chosen);
void RegisterReceipt(CLI::App& app, Command& chosen);
void RegisterStandby(CLI::App& app, Command& chosen);

}  // namespace signet::terminal
