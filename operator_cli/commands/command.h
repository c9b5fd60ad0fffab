// A command that the command line has chosen: registered by each room's Register…, run once.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "operator_cli/options.h"
#include "operator_cli/output.h"

namespace signet::operator_cli {

using Command = std::function<absl::Status(const Options& options, Output& output)>;

}  // namespace signet::operator_cli
