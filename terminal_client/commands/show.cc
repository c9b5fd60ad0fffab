#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "terminal_client/commands/command.h"
#include "terminal_client/connections.h"
#include "terminal_client/failure.h"
#include "terminal_client/text.h"

namespace signet::terminal {
namespace {

std::string StateName(payments::v1::PaymentState state) {
  switch (state) {
    case payments::v1::PAYMENT_STATE_AUTHORIZED:
      return "authorized, not yet confirmed";
    case payments::v1::PAYMENT_STATE_CONFIRMED:
      return "confirmed: the money has moved";
    case payments::v1::PAYMENT_STATE_DECLINED:
      return "declined";
    case payments::v1::PAYMENT_STATE_EXPIRED:
      return "expired: no money has moved";
    default:
      return "unknown";
  }
}

cli::Fields Record(const payments::v1::PaymentSummary& payment) {
  cli::Fields record = {
      {"payment", Printable(payment.payment_id())},
      {"state", StateName(payment.state())},
      {"amount", ShowMoney(payment.amount())},
      {"payee", Printable(absl::StrCat(payment.payee_name(), " (", payment.payee(), ")"))},
      {"payer", Printable(payment.payer())},
  };
  if (payment.decline_reason() != payments::v1::DECLINE_REASON_UNSPECIFIED) {
    record.emplace_back("reason", DeclineText(payment.decline_reason()));
  }
  if (!payment.reference().empty())
    record.emplace_back("reference", Printable(payment.reference()));
  record.emplace_back("created", cli::ShowTime(payment.created_at_unix_ms()));
  record.emplace_back("completed", cli::ShowTime(payment.completed_at_unix_ms()));
  if (payment.expires_at_unix_ms() != 0) {
    record.emplace_back("expires", cli::ShowTime(payment.expires_at_unix_ms()));
  }
  return record;
}

absl::Status Show(const std::string& id, const Options& options, cli::Output& output) {
  if (const auto parsed = ParsePaymentId(id); !parsed.ok()) {
    return UsageFailure(std::string(parsed.status().message()));
  }
  SIGNET_ASSIGN_OR_RETURN(const StateDir state, OpenStateDir(options));
  SIGNET_ASSIGN_OR_RETURN(const Ways ways, ConnectBoth(options, state, output));
  SIGNET_ASSIGN_OR_RETURN(const auto outcome,
                          AskOrDecline(ways.connections(), PaymentQuery(id), output));
  if (outcome.has_decline()) {
    if (outcome.decline().reason() != payments::v1::DECLINE_REASON_NOT_FOUND) {
      return Declined(outcome.decline());
    }
    return Failure(serving::ExitCode::kNotFoundOrConflict, absl::StatusCode::kNotFound,
                   absl::StrCat("there is no payment ", id, " of this account"));
  }
  output.Result(outcome.result().payment(), {}, Record(outcome.result().payment()));
  return absl::OkStatus();
}

}  // namespace

void RegisterShow(CLI::App& app, Command& chosen) {
  CLI::App* show = app.add_subcommand("show", "Show what became of a payment");
  const auto id = std::make_shared<std::string>();
  show->add_option("ID", *id, "The payment's ID, like 00000001-0000002a")->required();
  show->callback([&chosen, id] {
    chosen = [id](const Options& options, cli::Output& output) {
      return Show(*id, options, output);
    };
  });
}

}  // namespace signet::terminal
