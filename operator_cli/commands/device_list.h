// Lists devices, page by page.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "libs/cli/output.h"
#include "operator_cli/options.h"

namespace signet::operator_cli {

// account: empty for all.
absl::Status ListDevices(const std::string& account, const Options& options, cli::Output& output);

}  // namespace signet::operator_cli
