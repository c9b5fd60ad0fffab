// The agent's durable state: one file, replaced as a whole or not at all.
//
// Layout of <directory>/state:
//   0  "signet-agent-state/1\n"   21
//   21 SHA-256 of the rest        32   (against damage, not against whoever can write the folder)
//   53 a serialized AgentState
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "signet/device/v1/agent_state.pb.h"

namespace signet::hsm_agent {

class StateFile {
 public:
  // Reads the state; a missing file is an empty state. DATA_LOSS for a damaged one: it is never
  // reset by itself, since it holds what may still be owed.
  static absl::StatusOr<StateFile> Open(const std::string& directory);

  const device::v1::AgentState& state() const { return state_; }

  // Applies the change and makes it durable (write, fsync, rename, fsync of the folder) before it
  // shows in state(). On an error the state is what it was; where that cannot be known (the rename
  // was done, its fsync failed) every later update is refused until a restart reads the file anew.
  absl::Status Update(const std::function<void(device::v1::AgentState&)>& change);

 private:
  StateFile(std::string directory, device::v1::AgentState state)
      : directory_(std::move(directory)), state_(std::move(state)) {}

  std::string directory_;
  device::v1::AgentState state_;
  bool unknown_ = false;
};

}  // namespace signet::hsm_agent
