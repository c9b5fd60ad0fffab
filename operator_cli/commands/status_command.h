// signetctl status
#pragma once

#include "operator_cli/commands/command.h"
#include "signet/platform/v1/operator.pb.h"

namespace CLI {
class App;
}

namespace signet::operator_cli {

// Adds the command; put into chosen where the command line names it.
void RegisterStatusCommand(CLI::App& app, Command& chosen);

cli::Fields DescribeStatus(const platform::v1::GetStatusResponse& status);

}  // namespace signet::operator_cli
