// What the module is and holds, in words.
#pragma once

#include "absl/status/statusor.h"
#include "hsm_agent/module/device_module.h"
#include "hsm_agent/pin/pin_gate.h"
#include "hsm_agent/state_file.h"
#include "signet/device/v1/device_agent.pb.h"

namespace signet::hsm_agent {

// Has the module do some work first: what is told is true of a module that works.
absl::StatusOr<device::v1::DescribeModuleResponse> DescribeModule(DeviceModule& module,
                                                                  const StateFile& state,
                                                                  const PinGate& gate);

}  // namespace signet::hsm_agent
