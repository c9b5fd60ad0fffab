// Enrollment from the activation code to the files of an enrolled terminal; may be broken off
// anywhere and run again.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/cli/output.h"
#include "terminal_client/agent_client.h"
#include "terminal_client/enrollment/activation_code_input.h"
#include "terminal_client/enrollment/pending_enrollment.h"
#include "terminal_client/gateway_client.h"
#include "terminal_client/payments/retry.h"
#include "terminal_client/state_dir.h"
#include "terminal_client/turn.h"

namespace signet::terminal {

struct EnrollmentParts {
  AgentClient& agent;
  EnrollmentGatewayClient& gateway;
  const StateDir& state;
  const Clock& clock;
  RetryPolicy retry;
  Patience patience;  // where another command uses this terminal
  // The code where it was given, else null; and the way to ask for it.
  const ActivationCode* given_code = nullptr;
  std::function<absl::StatusOr<ActivationCode>()> ask_code;
};

// The device's ID. Failures carry exit codes: 7 where the terminal is enrolled already or another
// command keeps it, 4 where the code is refused, 5 where the gateway is not reached (then the same
// command goes on).
absl::StatusOr<std::string> EnrollTerminal(const EnrollmentParts& parts, cli::Output& output);

// The same with the ways that the options name, as the commands enroll and standby do it. Asks for
// the code where code_file is empty. patience: where another command uses this terminal.
absl::StatusOr<std::string> Enroll(const std::string& code_file, const Patience& patience,
                                   const Options& options, cli::Output& output);
// NOT_FOUND, with the remedy, where the file is not there (yet).
absl::Status CheckReadable(const std::string& code_file);

}  // namespace signet::terminal
