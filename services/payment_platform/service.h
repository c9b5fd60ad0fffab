// signet-platform: what it does as a process.
#pragma once

#include "absl/status/status.h"
#include "services/payment_platform/options.h"

namespace signet::payment_platform {

// Migrates the database, serves until SIGTERM or SIGINT, then finishes what is under way.
absl::Status RunPlatform(const PlatformOptions& options);
// Migrates the database and prints its schema's version.
absl::Status MigratePlatform(const PlatformOptions& options);

}  // namespace signet::payment_platform
