// The ways out that a command needs, from its options.
#pragma once

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "terminal_client/options.h"
#include "terminal_client/payments/platform_query.h"
#include "terminal_client/state_dir.h"
#include "terminal_client/turn.h"

namespace signet::terminal {

// A usage failure where no folder is named.
absl::StatusOr<StateDir> OpenStateDir(const Options& options);

struct Ways {
  std::optional<FolderLock> turn;  // no other command of this terminal exchanges messages meanwhile
  std::unique_ptr<AgentClient> agent;
  std::unique_ptr<GatewayClient> gateway;
  Connections connections() const;
};
// Both wait really.
RetryPolicy DefaultRetry();
Patience DefaultPatience();
// For who tries again by itself.
Patience NoPatience();

// Waits for this command's turn, which lasts as long as the ways.
absl::StatusOr<Ways> ConnectBoth(const Options& options, const StateDir& state, cli::Output& output,
                                 const Patience& patience = DefaultPatience());

}  // namespace signet::terminal
