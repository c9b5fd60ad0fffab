#include <map>
#include <memory>
#include <sstream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/time/time.h"
#include "libs/base/status.h"
#include "libs/program/log.h"
#include "libs/program/program.h"
#include "libs/serving/lifecycle.h"
#include "libs/serving/periodic.h"
#include "libs/serving/service.h"
#include "terminal_client/commands/command.h"
#include "terminal_client/connections.h"
#include "terminal_client/enrollment/enrollment_flow.h"
#include "terminal_client/payments/earlier_payment.h"

namespace signet::terminal {
namespace {

constexpr absl::Duration kBetweenLooks = absl::Seconds(5);

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
  return AsPassing(Enroll(standby.code_file, NoPatience(), options, output).status());
}

// Ends what a command of this terminal left open: nobody has to run `signet resume`.
class OpenPaymentWatch {
 public:
  explicit OpenPaymentWatch(const Options& options) : options_(options) {}

  // Looks once; what went wrong is logged where it is news.
  void Look() {
    const absl::Status ended = End();
    const std::string trouble(ended.message());  // empty where it is OK
    if (!trouble.empty() && trouble != last_trouble_) {
      serving::LogWarning("open_payment_not_ended", {{"error", trouble}});
    }
    last_trouble_ = trouble;
  }

 private:
  absl::Status End() {
    SIGNET_ASSIGN_OR_RETURN(const auto agent, AgentClient::Connect(options_.agent_socket));
    SIGNET_ASSIGN_OR_RETURN(const auto described, agent->DescribeOpenPayment());
    if (!described.has_payment()) return absl::OkStatus();
    std::ostringstream unread;  // it speaks of amounts and payees, which no log does
    cli::Output nobody(unread, unread, {.quiet = true});
    SIGNET_ASSIGN_OR_RETURN(const StateDir state, OpenStateDir(options_));
    // The command that has the turn may be about to end it.
    const auto ways = ConnectBoth(options_, state, nobody, NoPatience());
    if (absl::IsUnavailable(ways.status())) return absl::OkStatus();
    SIGNET_RETURN_IF_ERROR(ways.status());
    Connections connections = ways->connections();
    connections.retry.attempts = 1;  // the next look is the next try
    SIGNET_ASSIGN_OR_RETURN(const cli::Fields told, EndEarlierPayment(connections, state, nobody));
    if (told.empty()) return absl::OkStatus();
    const std::map<std::string, std::string> end(told.begin(), told.end());
    serving::LogInfo("open_payment_ended", {{"payment_id", end.at("earlierPaymentId")},
                                            {"outcome", end.at("earlierOutcome")},
                                            {"receipt_kept", end.contains("earlierReceiptFile")}});
    return absl::OkStatus();
  }

  const Options& options_;
  std::string last_trouble_;
};

absl::Status Run(const Standby& standby, const Options& options, cli::Output& output) {
  serving::BlockShutdownSignals();
  SIGNET_ASSIGN_OR_RETURN(const auto service, serving::Service::Start(standby.service));
  SIGNET_RETURN_IF_ERROR(
      service->Await("the enrollment", [&] { return EnrollOnce(standby, options, output); }));
  SIGNET_RETURN_IF_ERROR(service->Announce("", [] { return absl::OkStatus(); }));
  OpenPaymentWatch watch(options);
  serving::Periodic looks(kBetweenLooks, [&watch] {
    watch.Look();
    return false;
  });
  looks.Start();
  service->WaitForStop();
  return absl::OkStatus();
}

}  // namespace

void RegisterStandby(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("standby",
                                         "Enroll where that is still to be done, then wait and "
                                         "finish what other commands leave open: the main process "
                                         "of a terminal's container");
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
