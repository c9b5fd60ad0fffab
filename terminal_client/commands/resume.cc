#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "terminal_client/commands/command.h"
#include "terminal_client/connections.h"
#include "terminal_client/payments/finish.h"
#include "terminal_client/text.h"

namespace signet::terminal {
namespace {

absl::Status Resume(const Options& options, cli::Output& output) {
  SIGNET_ASSIGN_OR_RETURN(const StateDir state, OpenStateDir(options));
  SIGNET_ASSIGN_OR_RETURN(const Ways ways, ConnectBoth(options, state, output));
  SIGNET_RETURN_IF_ERROR(state.PrepareReceipts());
  SIGNET_ASSIGN_OR_RETURN(const auto described, ways.agent->DescribeOpenPayment());
  if (!described.has_payment()) {
    SIGNET_ASSIGN_OR_RETURN(const bool shown, RecoverReceipt(*ways.agent, state, output));
    if (shown) return absl::OkStatus();
    output.Note("nothing is open");
    output.Json(described);
    return absl::OkStatus();
  }
  const device::v1::OpenPayment& open = described.payment();
  output.Note(absl::StrCat("payment ", open.payment_id(), " is open: ", ShowMoney(open.amount()),
                           " to ", Printable(open.payee_name()), " (", Printable(open.payee()),
                           "), ", open.confirmed() ? "confirmed" : "not yet confirmed"));
  return FinishAndShow(ways.connections(), state, open, output);
}

}  // namespace

void RegisterResume(CLI::App& app, Command& chosen) {
  app.add_subcommand("resume", "Finish the payment that a crash or a lost network left open")
      ->callback([&chosen] { chosen = Resume; });
}

}  // namespace signet::terminal
