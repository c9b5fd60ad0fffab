// What the module is and holds, in words.
#pragma once

#include "absl/status/statusor.h"
#include "hsm_agent/module/device_module.h"
#include "hsm_agent/pin/pin_gate.h"
#include "hsm_agent/state_file.h"
#include "signet/device/v1/device_agent.pb.h"

namespace signet::hsm_agent {

// Every mechanism that Signet uses on a device.
std::vector<pkcs11::Mechanism> NeededMechanisms();

absl::StatusOr<device::v1::DescribeModuleResponse> DescribeModule(DeviceModule& module,
                                                                  const StateFile& state,
                                                                  const PinGate& gate);

}  // namespace signet::hsm_agent
