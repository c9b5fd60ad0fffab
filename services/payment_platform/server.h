// signet-platform: what it does as a process.
#pragma once

#include "absl/status/status.h"
#include "services/payment_platform/options.h"

namespace signet::payment_platform {

// Migrates the database, serves until SIGTERM or SIGINT, then finishes what is under way.
absl::Status RunPlatform(const PlatformOptions& options);
// What its options name is fit for use.
absl::Status CheckPlatform(const PlatformOptions& options);
// Migrates the database and prints its schema's version.
absl::Status MigratePlatform(const PlatformOptions& options);

}  // namespace signet::payment_platform
