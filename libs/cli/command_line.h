// What the command lines of the terminal and of the operator's tool share.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "libs/cli/output.h"

namespace CLI {
class App;
}

namespace signet::cli {

// How a person or a program wants to be told.
struct Telling {
  bool json = false;
  bool quiet = false;
  bool no_color = false;
};
// --json, --quiet and --no-color; telling outlives app.
void RegisterTelling(CLI::App& app, Telling& telling);

// Lets an option of the program or of a group stand after its command, too. Once all are added.
void LetOptionsFallThrough(CLI::App& app);

// A usage failure where the value is empty: "--gateway is missing: WHAT; give --gateway or set
// SIGNET_GATEWAY", which is its environment variable.
absl::Status RequireOption(const std::string& value, const std::string& flag,
                           const std::string& environment, const std::string& what);

// Runs it with the process's own streams. Its error is told as JSON, too, where that is asked for.
// Where it succeeds and stdout does not take the answer: serving::FlushStdout's error.
absl::Status RunCommand(const Telling& telling,
                        const std::function<absl::Status(Output& output)>& command);

}  // namespace signet::cli
