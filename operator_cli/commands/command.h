// A command that the command line has chosen: registered by each room's Register…, run once.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "libs/cli/output.h"
#include "operator_cli/options.h"

namespace signet::operator_cli {

using Command = std::function<absl::Status(const Options& options, cli::Output& output)>;

}  // namespace signet::operator_cli
