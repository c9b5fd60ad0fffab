// The agent as a process: loads the module, serves the socket, ends in order.
#pragma once

#include "absl/status/status.h"
#include "hsm_agent/options.h"

namespace signet::hsm_agent {

// Returns after SIGTERM or SIGINT. Call BlockShutdownSignals first.
absl::Status RunAgent(const Options& options);
// What its options name is fit for use. Changes nothing.
absl::Status CheckAgent(const Options& options);

}  // namespace signet::hsm_agent
