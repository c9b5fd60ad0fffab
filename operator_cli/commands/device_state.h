// Suspends, resumes or revokes a device.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "libs/cli/output.h"
#include "operator_cli/options.h"
#include "signet/platform/v1/operator.pb.h"

namespace signet::operator_cli {

struct StateChange {
  std::string device_id;
  platform::v1::DeviceState state = platform::v1::DEVICE_STATE_UNSPECIFIED;
  bool confirmed = false;  // false: ask first
};
absl::Status ChangeDeviceState(const StateChange& change, const Options& options,
                               cli::Output& output);

}  // namespace signet::operator_cli
