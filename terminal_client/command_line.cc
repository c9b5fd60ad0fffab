#include "terminal_client/command_line.h"

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "libs/program/address_option.h"
#include "libs/rpc/trace.h"
#include "terminal_client/payments/retry.h"
#include "terminal_client/text.h"

namespace signet::terminal {
namespace {

// What is wrong with it, for CLI11; a service would take a new one in its place, without a word.
std::string CheckTraceparent(const std::string& text) {
  if (rpc::IsTraceparent(text)) return "";
  return "\"" + Printable(text) +
         "\" is no W3C Trace Context: write 00-TRACE-SPAN-FLAGS, of 32, 16 and 2 digits 0-9a-f";
}

void RegisterOptions(CLI::App& app, Options& options) {
  options.state_dir = DefaultStateDir();
  options.agent_socket = DefaultAgentSocket();
  app.add_option("--agent-socket", options.agent_socket, "The agent's Unix socket")
      ->default_str("$XDG_RUNTIME_DIR/signet/agent.sock");
  app.add_option("--gateway", options.gateway, "The gateway's address, host:port")
      ->check(serving::CheckServerAddress);
  app.add_option("--enrollment-gateway", options.enrollment_gateway,
                 "The gateway's address for enrollment, host:port")
      ->check(serving::CheckServerAddress);
  app.add_option("--server-ca", options.server_ca, "Who signs the gateway's certificate (PEM)");
  app.add_option("--state-dir", options.state_dir,
                 "This terminal's own folder: keys, certificates, receipts")
      ->default_str("$XDG_STATE_HOME/signet/terminal, or ~/.local/state/signet/terminal");
  app.add_option("--timeout", options.timeout_s,
                 absl::StrCat("Seconds that one call to the gateway may take; it is tried up to ",
                              RetryPolicy().attempts, " times"))
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  app.add_option("--traceparent", options.traceparent,
                 "W3C Trace Context of this call, for the services' logs")
      ->check(CheckTraceparent);
  cli::RegisterTelling(app, options.telling);
}

}  // namespace

void Register(CLI::App& app, Options& options, Command& chosen) {
  RegisterOptions(app, options);
  app.require_subcommand(1);
  RegisterModule(app, chosen);
  RegisterEnroll(app, chosen);
  RegisterPay(app, chosen);
  RegisterResume(app, chosen);
  RegisterBalance(app, chosen);
  RegisterShow(app, chosen);
  RegisterReceipt(app, chosen);
  RegisterStandby(app, chosen);
  cli::LetOptionsFallThrough(app);
}

absl::Status RunChosen(const Command& chosen, const Options& options) {
  return cli::RunCommand(options.telling,
                         [&](cli::Output& output) { return chosen(options, output); });
}

}  // namespace signet::terminal
