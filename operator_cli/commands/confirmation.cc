#include "operator_cli/commands/confirmation.h"

#include <unistd.h>

#include <istream>
#include <ostream>

#include "libs/program/exit_code.h"
#include "libs/program/program.h"

namespace signet::operator_cli {

absl::Status Confirm(const std::string& question, const std::string& expected_word,
                     bool has_terminal, std::istream& in, std::ostream& err) {
  if (!has_terminal) {
    return serving::WithExitCode(
        absl::InvalidArgumentError(question +
                                   " This needs a confirmation and there is no terminal to ask; "
                                   "add --yes"),
        serving::ExitCode::kUsage);
  }
  err << question << " Type " << expected_word << " to go on: " << std::flush;
  std::string answer;
  std::getline(in, answer);
  if (answer == expected_word) return absl::OkStatus();
  return serving::WithExitCode(
      absl::CancelledError("not confirmed; nothing was changed. Run it again and type " +
                           expected_word),
      serving::ExitCode::kUsage);
}

bool HasTerminal() { return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1; }

}  // namespace signet::operator_cli
