// The commands of one terminal take turns. Each counter must reach the platform before the next:
// one that comes late is refused as a replay. And one payment is open at a time.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "libs/cli/output.h"
#include "libs/files/private_folder.h"

namespace signet::terminal {

struct Patience {
  std::chrono::milliseconds between_looks{20};
  std::chrono::milliseconds note_after{1'000};
  std::chrono::milliseconds longest{120'000};
  std::function<void(std::chrono::milliseconds)> pause;  // waits
};

// The turn lasts as long as the lock; that of a process which is killed ends with it. folder: the
// terminal's own, which exists. Where another command keeps it for longer: exit code 7,
// UNAVAILABLE.
absl::StatusOr<FolderLock> TakeTurn(const std::string& folder, const Patience& patience,
                                    cli::Output& output);

}  // namespace signet::terminal
