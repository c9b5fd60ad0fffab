#include "libs/cli/command_line.h"

#include <unistd.h>

#include <iostream>

#include "CLI/CLI.hpp"
#include "libs/program/program.h"
#include "libs/program/standard_streams.h"

namespace signet::cli {

void RegisterTelling(CLI::App& app, Telling& telling) {
  app.add_flag("--json", telling.json, "One JSON object a line on stdout, errors included");
  app.add_flag("--quiet", telling.quiet, "Nothing on stderr but warnings and errors");
  app.add_flag("--no-color", telling.no_color, "No colors");
}

void LetOptionsFallThrough(CLI::App& app) {
  for (CLI::App* subcommand : app.get_subcommands([](CLI::App*) { return true; })) {
    subcommand->fallthrough();
    LetOptionsFallThrough(*subcommand);
  }
}

absl::Status RequireOption(const std::string& value, const std::string& flag,
                           const std::string& environment, const std::string& what) {
  if (!value.empty()) return absl::OkStatus();
  return serving::WithExitCode(
      absl::InvalidArgumentError(flag + " is missing: " + what + "; give " + flag + " or set " +
                                 environment),
      serving::ExitCode::kUsage);
}

absl::Status RunCommand(const Telling& telling,
                        const std::function<absl::Status(Output& output)>& command) {
  Output output(std::cout, std::cerr,
                {.json = telling.json,
                 .quiet = telling.quiet,
                 .color = WantsColor(telling.no_color, STDOUT_FILENO)});
  const absl::Status status = command(output);
  if (status.ok()) return serving::FlushStdout(output.done());
  output.Error(status);
  return status;
}

}  // namespace signet::cli
