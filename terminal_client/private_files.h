// Files that only this user may read.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signet::terminal {

// WriteDurably with mode 0600.
absl::Status WritePrivateFile(const std::string& path, std::string_view content);

// NOT_FOUND; FAILED_PRECONDITION for a folder; RESOURCE_EXHAUSTED for one larger than limit; the
// message names the path.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t limit);

bool FileExists(const std::string& path);
// Missing files are no error.
absl::Status RemoveFile(const std::string& path);

}  // namespace signet::terminal
