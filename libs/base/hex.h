// Hexadecimal text. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace signet {

// Lower-case hex, two digits a byte.
std::string ToHex(std::string_view bytes);
// Accepts either case. INVALID_ARGUMENT on an odd length or another character.
absl::StatusOr<std::string> FromHex(std::string_view hex);

}  // namespace signet
