// Enrolling, as the commands enroll and standby do it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/cli/output.h"
#include "terminal_client/options.h"
#include "terminal_client/turn.h"

namespace signet::terminal {

// NOT_FOUND, with the remedy, where the file is not there (yet).
absl::Status CheckReadable(const std::string& code_file);
// Asks for the code where code_file is empty. patience: where another command uses this terminal.
// The device's ID.
absl::StatusOr<std::string> Enroll(const std::string& code_file, const Patience& patience,
                                   const Options& options, cli::Output& output);

}  // namespace signet::terminal
