// Activation codes: 128 random bits in Crockford base32 with a checksum, grouped for reading aloud
// ("XXXXX-XXXXX-…"). Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"

namespace signet {

// seed: 16 random bytes. Layout: 26 base32 digits of the seed (two leading zero bits), then one
// check symbol (Crockford: value modulo 37), in groups of five.
std::string FormatActivationCode(const Secret& seed);
// Accepts lower case, missing or extra hyphens and spaces, and O/I/L for 0/1/1.
// INVALID_ARGUMENT: wrong length, another character, or the checksum does not fit (a typing error).
absl::StatusOr<Secret> ParseActivationCode(std::string_view code);

}  // namespace signet
