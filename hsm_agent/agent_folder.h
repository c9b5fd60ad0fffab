// The agent's folders, named by its options: errors carry the exit code.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/files/private_folder.h"

namespace signet::hsm_agent {

// EnsurePrivateFolder.
absl::Status MakeAgentFolder(const std::string& path);
// FolderLock::Take: no other agent uses the folder meanwhile.
absl::StatusOr<FolderLock> LockAgentFolder(const std::string& path);

}  // namespace signet::hsm_agent
