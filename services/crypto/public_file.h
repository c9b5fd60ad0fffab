// Files of public data beside the configuration.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signet::crypto {

// NOT_FOUND.
absl::StatusOr<std::string> ReadPublicFile(const std::string& path);

}  // namespace signet::crypto
