// Files that appear complete or not at all, and that are on the disk when the call returns.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace signet {

enum class Existing { kReplace, kKeep };

// mode: exactly that, whatever the umask. Written beside, synced, moved into place, the folder
// synced. kReplace writes PATH.new, whose remains of a crash the next call takes over: one writer
// at a time. kKeep takes any number: the first wins.
//   ALREADY_EXISTS                       kKeep, and there is a file of that name
//   NOT_FOUND, PERMISSION_DENIED, INTERNAL   nothing was changed; the message names the path
//   ABORTED                              it is in place, but a power cut may undo that
absl::Status WriteDurably(const std::string& path, std::string_view content, mode_t mode,
                          Existing existing = Existing::kReplace);

}  // namespace signet
