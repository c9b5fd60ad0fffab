// Where the activation code comes from: a file, or the person at the terminal.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"

namespace signet::terminal {

// The code's text, without spaces around it, and the seed that it stands for.
struct ActivationCode {
  Secret text;
  Secret seed;
};

// A usage failure for a typing error.
absl::StatusOr<ActivationCode> CheckActivationCode(const Secret& typed);
absl::StatusOr<ActivationCode> ReadActivationCodeFile(const std::string& path);
// Asks on /dev/tty without echo. A usage failure where there is no terminal.
absl::StatusOr<ActivationCode> AskForActivationCode();

}  // namespace signet::terminal
