#pragma once

#include <cstddef>
#include <string>

#include "libs/base/secret.h"

namespace signet::openssl {

// From the process's CSPRNG (RAND_bytes). Thread-safe. Ends the process where no randomness can be
// had.
std::string RandomBytes(size_t size);
Secret RandomSecret(size_t size);

}  // namespace signet::openssl
