// The operator's device CA, as the agent is given it before the first contact.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace signet::hsm_agent {

// The DER of the certificate in the PEM file; empty where no file is named. INVALID_ARGUMENT, with
// the remedy, where the file does not hold one.
absl::StatusOr<std::string> ReadDeviceCa(const std::string& path);

}  // namespace signet::hsm_agent
