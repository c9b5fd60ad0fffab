#include <chrono>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "libs/base/status.h"
#include "libs/program/log.h"
#include "libs/program/program.h"
#include "libs/serving/lifecycle.h"
#include "libs/serving/service.h"
#include "terminal_client/commands/command.h"
#include "terminal_client/commands/enrollment.h"
#include "terminal_client/connections.h"

namespace signet::terminal {
namespace {

struct Standby {
  std::string code_file;
  serving::ServiceOptions service{.admin_listen = "127.0.0.1:9467", .start_wait_seconds = 86'400};
};

// Of what is not there yet, in the word that Service::Await tries again for.
absl::Status AsPassing(const absl::Status& status) {
  const serving::ExitCode code = serving::ExitCodeOf(status);
  const bool passes =
      code == serving::ExitCode::kUnreachable || code == serving::ExitCode::kHardwareModule;
  return passes ? absl::UnavailableError(status.message()) : status;
}

absl::Status EnrollOnce(const Standby& standby, const Options& options, cli::Output& output) {
  SIGNET_ASSIGN_OR_RETURN(const StateDir state, OpenStateDir(options));
  if (state.TlsFilesFor(options.server_ca).ok()) return absl::OkStatus();
  if (standby.code_file.empty()) {
    return absl::NotFoundError(
        "this terminal is not enrolled; run `signet enroll`, or give --code-file");
  }
  SIGNET_RETURN_IF_ERROR(CheckReadable(standby.code_file));
  // Service::Await waits, and ends with the program.
  Patience none = DefaultPatience();
  none.longest = std::chrono::milliseconds(0);
  return AsPassing(Enroll(standby.code_file, none, options, output).status());
}

absl::Status Run(const Standby& standby, const Options& options, cli::Output& output) {
  serving::BlockShutdownSignals();
  SIGNET_ASSIGN_OR_RETURN(const auto service, serving::Service::Start(standby.service));
  SIGNET_RETURN_IF_ERROR(
      service->Await("the enrollment", [&] { return EnrollOnce(standby, options, output); }));
  SIGNET_RETURN_IF_ERROR(service->Announce("", [] { return absl::OkStatus(); }));
  service->WaitForStop();
  return absl::OkStatus();
}

}  // namespace

void RegisterStandby(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("standby",
                                         "Enroll where that is still to be done, then wait: the "
                                         "main process of a terminal's container");
  const auto standby = std::make_shared<Standby>();
  command->add_option("--code-file", standby->code_file,
                      "File that holds the activation code; waited for");
  serving::RegisterServiceOptions(*command, standby->service);
  command->callback([&chosen, standby] {
    chosen = [standby](const Options& options, cli::Output& output) {
      return Run(*standby, options, output);
    };
  });
}

}  // namespace signet::terminal
