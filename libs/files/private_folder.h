// Folders that one user alone may enter, and the lock that makes a process the only one in them.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signet {

// Makes the folder (and its parents) with mode 0700 where it is missing. PERMISSION_DENIED where it
// is a link or no folder, belongs to another user, or its group or others have any access; the
// message names the remedy.
absl::Status EnsurePrivateFolder(const std::string& path);

// The same of a folder that is there, without making it: NOT_FOUND where it is not.
absl::Status CheckPrivateFolder(const std::string& path);

// An exclusive lock on a folder (flock(2) on the file `lock` in it, which names the holder), until
// destruction or the process's end.
class FolderLock {
 public:
  struct Holder {
    std::string program;  // empty where it is not known
    int64_t process = 0;  // its ID, as it sees it itself
  };

  // FAILED_PRECONDITION where another process holds it, which the message names; PERMISSION_DENIED,
  // with the remedy, where the file cannot be opened.
  static absl::StatusOr<FolderLock> Take(const std::string& folder);
  // Who took the lock last: who holds it, where Take says that somebody does.
  static Holder HolderOf(const std::string& folder);
  // "signet-agent (process 12)"
  static std::string Described(const Holder& holder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace signet
