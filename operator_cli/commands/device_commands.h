// signetctl device add|list|suspend|resume|revoke
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "operator_cli/commands/command.h"
#include "signet/platform/v1/operator.pb.h"

namespace CLI {
class App;
}

namespace signet::operator_cli {

// Adds the commands; the one that the command line names is put into chosen.
void RegisterDeviceCommands(CLI::App& app, Command& chosen);

// "90s", "30m", "24h", "7d" → seconds, 60 to 604800 (a week). INVALID_ARGUMENT with the remedy.
absl::StatusOr<int64_t> ParseTtl(const std::string& text);

std::string DeviceStateName(platform::v1::DeviceState state);
cli::Fields DescribeDevice(const platform::v1::Device& device);

}  // namespace signet::operator_cli
