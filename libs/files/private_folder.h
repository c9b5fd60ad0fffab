// Folders that one user alone may enter, and the lock that makes a process the only one in them.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signet {

// Makes the folder (and its parents) with mode 0700 where it is missing. PERMISSION_DENIED where it
// is a link or no folder, belongs to another user, or its group or others have any access; the
// message names the remedy.
absl::Status EnsurePrivateFolder(const std::string& path);

// An exclusive lock on a folder (flock(2) on the file `lock` in it), until destruction or the
// process's end.
class FolderLock {
 public:
  // FAILED_PRECONDITION where another process holds it; PERMISSION_DENIED, with the remedy, where
  // the file cannot be opened.
  static absl::StatusOr<FolderLock> Take(const std::string& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace signet
