// Exit codes of every program (docs/operations.md).
#pragma once

#include "absl/status/status.h"

namespace signet::serving {

enum class ExitCode : int {
  kDone = 0,
  kInternal = 1,
  kUsage = 2,
  kDeclined = 3,
  kAuthentication = 4,  // PIN or authentication
  kUnreachable = 5,     // no payment was sent
  kOutcomeUnknown = 6,
  kNotFoundOrConflict = 7,
  kHardwareModule = 8,
  kOutputLost = 9,  // done, but stdout did not take the answer
};

}  // namespace signet::serving
