#include "terminal_client/connections.h"

#include <thread>
#include <utility>

#include "libs/base/status.h"
#include "libs/cli/command_line.h"
#include "terminal_client/failure.h"

namespace signet::terminal {

absl::StatusOr<StateDir> OpenStateDir(const Options& options) {
  SIGNET_RETURN_IF_ERROR(cli::RequireOption(options.state_dir, "--state-dir", "SIGNET_STATE_DIR",
                                            "this terminal's own folder"));
  return StateDir(options.state_dir);
}

Connections Ways::connections() const { return {*agent, *gateway, DefaultRetry()}; }

absl::StatusOr<Ways> ConnectBoth(const Options& options, const StateDir& state, cli::Output& output,
                                 const Patience& patience) {
  Ways ways;
  SIGNET_ASSIGN_OR_RETURN(ways.agent, AgentClient::Connect(options.agent_socket));
  SIGNET_ASSIGN_OR_RETURN(ways.gateway, GatewayClient::Connect(options, state));
  SIGNET_ASSIGN_OR_RETURN(ways.turn, TakeTurn(state.path(), patience, output));
  return ways;
}

RetryPolicy DefaultRetry() {
  RetryPolicy policy;
  policy.pause = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
  return policy;
}

Patience DefaultPatience() {
  Patience patience;
  patience.pause = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
  return patience;
}

Patience NoPatience() {
  Patience none = DefaultPatience();
  none.longest = std::chrono::milliseconds(0);
  return none;
}

}  // namespace signet::terminal
