// signetctl pki init|issue
#pragma once

#include "operator_cli/commands/command.h"

namespace CLI {
class App;
}

namespace signet::operator_cli {

// Adds the commands; the one that the command line names is put into chosen.
void RegisterPkiCommands(CLI::App& app, Command& chosen);

}  // namespace signet::operator_cli
