#include "hsm_agent/agent_folder.h"

#include "absl/strings/str_cat.h"
#include "libs/program/program.h"

namespace signet::hsm_agent {

using serving::ExitCode;
using serving::WithExitCode;

absl::Status MakeAgentFolder(const std::string& path) {
  const absl::Status made = EnsurePrivateFolder(path);
  return made.ok() ? made : WithExitCode(made, ExitCode::kUsage);
}

absl::StatusOr<FolderLock> LockAgentFolder(const std::string& path) {
  absl::StatusOr<FolderLock> lock = FolderLock::Take(path);
  if (absl::IsFailedPrecondition(lock.status())) {
    return WithExitCode(absl::FailedPreconditionError(absl::StrCat(
                            "another signet-agent is using ", path,
                            "; stop it, or give this one folders and a token of its own")),
                        ExitCode::kNotFoundOrConflict);
  }
  if (!lock.ok()) return WithExitCode(lock.status(), ExitCode::kUsage);
  return lock;
}

}  // namespace signet::hsm_agent
