// The ways out that a command needs, from its options.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "terminal_client/options.h"
#include "terminal_client/platform_query.h"
#include "terminal_client/state_dir.h"

namespace signet::terminal {

// A usage failure where no folder is named.
absl::StatusOr<StateDir> OpenStateDir(const Options& options);

struct Ways {
  std::unique_ptr<AgentClient> agent;
  std::unique_ptr<GatewayClient> gateway;
  Connections connections() const;
};
absl::StatusOr<Ways> ConnectBoth(const Options& options, const StateDir& state);

// Waits between attempts, really.
RetryPolicy DefaultRetry();

}  // namespace signet::terminal
