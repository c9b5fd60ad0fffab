#include "terminal_client/turn.h"

#include "absl/strings/str_cat.h"
#include "libs/program/exit_code.h"
#include "terminal_client/failure.h"

namespace signet::terminal {
namespace {

using std::chrono::milliseconds;

absl::Status StillTaken(const std::string& folder) {
  return Failure(serving::ExitCode::kNotFoundOrConflict, absl::StatusCode::kUnavailable,
                 absl::StrCat("another signet command uses this terminal (", folder,
                              ") and did not end; nothing was sent; let it end, or end it, then "
                              "try again"));
}

}  // namespace

absl::StatusOr<FolderLock> TakeTurn(const std::string& folder, const Patience& patience,
                                    cli::Output& output) {
  bool told = false;
  for (milliseconds waited{0};; waited += patience.between_looks) {
    auto lock = FolderLock::Take(folder);
    if (!absl::IsFailedPrecondition(lock.status())) return lock;
    if (waited >= patience.longest) return StillTaken(folder);
    if (!told && waited >= patience.note_after) {
      output.Note("another signet command uses this terminal; waiting");
      told = true;
    }
    patience.pause(patience.between_looks);
  }
}

}  // namespace signet::terminal
