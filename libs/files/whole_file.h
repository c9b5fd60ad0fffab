// The one reader of files: bounded, and for secrets only where nobody else can read them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/secret.h"

namespace signet {

// All reading here: `what` names the file in messages ("the PIN file"), with its path and a remedy.
//   NOT_FOUND            there is none
//   PERMISSION_DENIED    it may not be read, or (a secret's) others may read or write it
//   FAILED_PRECONDITION  it is a folder, or (a secret's) no plain file
//   RESOURCE_EXHAUSTED   it is larger than max_bytes
absl::StatusOr<std::string> ReadWholeFile(std::string_view what, const std::string& path,
                                          size_t max_bytes);

// A secret's file belongs to this process's user and nobody else has any access; or it belongs to
// root, and then its group may read it, which is how orchestrators hand secrets to a process.
absl::StatusOr<Secret> ReadSecretFile(std::string_view what, const std::string& path,
                                      size_t max_bytes);
// A secret of one line, without the line's end. INVALID_ARGUMENT where it is empty or too long, or
// has a second line or a NUL.
absl::StatusOr<Secret> ReadSecretLine(std::string_view what, const std::string& path,
                                      size_t max_bytes);

}  // namespace signet
