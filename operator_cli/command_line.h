// signetctl's command line.
#pragma once

#include "operator_cli/commands/command.h"
#include "operator_cli/options.h"

namespace CLI {
class App;
}

namespace signet::operator_cli {

// Adds the options and all commands; the one that the command line names is put into chosen.
// options and chosen outlive app.
void Register(CLI::App& app, Options& options, Command& chosen);

// Runs it with the process's own streams; a JSON error goes to stdout where --json asks for it.
absl::Status RunChosen(const Command& chosen, const Options& options);

}  // namespace signet::operator_cli
