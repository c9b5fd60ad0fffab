// The commands that are run once or by the security officer.
#pragma once

#include "absl/status/status.h"
#include "hsm_agent/options.h"

namespace signet::hsm_agent {

// Initializes an empty token with the label and both PINs. Does nothing where a token of that label
// is there already.
absl::Status InitializeToken(const Options& options);

// What their options name is fit for use. Change nothing.
absl::Status CheckInitialize(const Options& options);
absl::Status CheckUnblock(const Options& options);

// Resets the count of wrong PINs if the security officer's PIN is right.
absl::Status UnblockPin(const Options& options);

}  // namespace signet::hsm_agent
