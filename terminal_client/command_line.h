// The terminal's command line: global options and the commands.
#pragma once

#include "absl/status/status.h"
#include "terminal_client/commands/command.h"

namespace CLI {
class App;
}

namespace signet::terminal {

// options and chosen must outlive the parsing.
void Register(CLI::App& app, Options& options, Command& chosen);

absl::Status RunChosen(const Command& chosen, const Options& options);

}  // namespace signet::terminal
