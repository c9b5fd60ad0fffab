// A program's frame: command line, configuration, log, and an end by exit code.
//
//   int main(int argc, char** argv) {
//     CLI::App app("…", "signet-gateway");
//     GatewayOptions options; Register(app, options);
//     return signet::serving::RunProgram(app, argc, argv, [&] { return RunGateway(options); });
//   }
//
// Each option is a flag, an environment variable SIGNET_… and a key of the TOML file given with
// --config; flags win over the environment, the environment over the file. Unknown keys are
// refused.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "libs/program/exit_code.h"

namespace CLI {
class App;
}

namespace signet::serving {

// Adds --config, --version, the log options, and what ends the program before its body:
//   --check-config         where there is a `check`; of the program and of each command: reads all
//                          options, runs `check`, which looks at the files that they name, and
//                          says what is wrong
//   --probe-ready ADDRESS  probe.h
//   --describe-options     options_table.h
// First of all PrepareStandardStreams() (standard_streams.h). Parses (usage errors end with 2 and
// one clear line on stderr, and where the program has a flag
// --json that is given, as {"error":{…}} on stdout); runs the body; prints its error as
// "<program>: <message>" on stderr and returns its exit code. What succeeded, but could not be told
// on stdout, ends with kOutputLost.
int RunProgram(CLI::App& app, int argc, char** argv, const std::function<absl::Status()>& body,
               const std::function<absl::Status()>& check = nullptr);

// Attaches an exit code to an error, to be used by RunProgram in place of kInternal.
absl::Status WithExitCode(absl::Status status, ExitCode code);
ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace signet::serving
