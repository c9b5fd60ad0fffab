// Folders that only the agent's own user may enter, and the lock that makes an agent the only one.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signet::hsm_agent {

// Makes the folder (and its parents) with mode 0700 where it is missing. PERMISSION_DENIED where it
// is a link or no folder, belongs to another user, or its group or others have any access; the
// message names the remedy.
absl::Status EnsurePrivateDirectory(const std::string& path);

// An exclusive lock on a folder, held until destruction (or the process's end).
class DirectoryLock {
 public:
  // FAILED_PRECONDITION where another agent holds it.
  static absl::StatusOr<DirectoryLock> Take(const std::string& directory);
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace signet::hsm_agent
