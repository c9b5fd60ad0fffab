// Files and folders that only this user may read, replaced as a whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signet::terminal {

// Makes the folder (and its parents) with mode 0700 where it is missing. PERMISSION_DENIED where it
// is not a folder of this user's own, or its group or others may enter; the message names the
// remedy.
absl::Status EnsurePrivateFolder(const std::string& path);

// Mode 0600. Durable when it returns: written beside, synced, renamed into place, the folder
// synced.
absl::Status WritePrivateFile(const std::string& path, std::string_view content);

// NOT_FOUND; FAILED_PRECONDITION for a folder; RESOURCE_EXHAUSTED for one larger than limit; the
// message names the path.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t limit);

bool FileExists(const std::string& path);
// Missing files are no error.
absl::Status RemoveFile(const std::string& path);

// Makes this process the only one that works in a folder, until destruction (or the process's end).
class FolderLock {
 public:
  // FAILED_PRECONDITION where another process holds it.
  static absl::StatusOr<FolderLock> Take(const std::string& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace signet::terminal
