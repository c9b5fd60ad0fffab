#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "libs/base/status.h"
#include "signet/device/v1/device_agent.pb.h"
#include "terminal_client/commands/command.h"
#include "terminal_client/connections.h"
#include "terminal_client/enrollment/enrollment_flow.h"

namespace signet::terminal {

namespace {

absl::Status EnrollAndShow(const std::string& code_file, const Options& options,
                           cli::Output& output) {
  SIGNET_ASSIGN_OR_RETURN(const std::string device_id,
                          Enroll(code_file, DefaultPatience(), options, output));
  SIGNET_ASSIGN_OR_RETURN(const StateDir state, OpenStateDir(options));
  output.Done("device " + device_id + " is enrolled; its files are in " + state.path());
  device::v1::CompleteEnrollmentResponse result;
  result.set_device_id(device_id);
  output.Result(result, {{"stateDir", state.path()}},
                {{"device", device_id}, {"kept in", state.path()}});
  return absl::OkStatus();
}

}  // namespace

void RegisterEnroll(CLI::App& app, Command& chosen) {
  CLI::App* enroll =
      app.add_subcommand("enroll", "Enroll this device with the operator's activation code");
  const auto code_file = std::make_shared<std::string>();
  enroll->add_option("--code-file", *code_file,
                     "File that holds the activation code (default: ask for it)");
  enroll->callback([&chosen, code_file] {
    chosen = [code_file](const Options& options, cli::Output& output) {
      return EnrollAndShow(*code_file, options, output);
    };
  });
}

}  // namespace signet::terminal
