// Files of public data beside the configuration: written once, whole or not at all, never
// overwritten.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signet::crypto {

// NOT_FOUND.
absl::StatusOr<std::string> ReadPublicFile(const std::string& path);
// ALREADY_EXISTS where there is a file of that name.
absl::Status CreatePublicFile(const std::string& path, std::string_view content);

}  // namespace signet::crypto
