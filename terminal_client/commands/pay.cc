#include <chrono>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "terminal_client/commands/command.h"
#include "terminal_client/connections.h"
#include "terminal_client/failure.h"
#include "terminal_client/payments/earlier_payment.h"
#include "terminal_client/payments/finish.h"
#include "terminal_client/payments/pay_request.h"
#include "terminal_client/text.h"

namespace signet::terminal {
namespace {

using std::chrono::steady_clock;

// What the platform calls the payee: the name that the person is then asked to approve.
absl::Status VerifyPayee(const Connections& connections, const std::string& payee,
                         cli::Output& output) {
  const auto began = steady_clock::now();
  SIGNET_ASSIGN_OR_RETURN(auto outcome,
                          AskOrDecline(connections, PayeeQuery(payee), output, "nothing was paid"));
  if (outcome.has_decline()) {
    payments::v1::Decline decline = outcome.decline();
    if (decline.reason() == payments::v1::DECLINE_REASON_NOT_FOUND) {
      decline.set_reason(payments::v1::DECLINE_REASON_PAYEE_UNKNOWN);
    }
    return Declined(decline);
  }
  const payments::v1::PayeeSummary& summary = outcome.result().payee();
  output.Step(absl::StrCat("the payee is ", Printable(summary.name()), " (",
                           Printable(summary.handle()), ")"),
              steady_clock::now() - began);
  return absl::OkStatus();
}

absl::StatusOr<device::v1::OpenPayment> Begin(AgentClient& agent,
                                              const device::v1::BeginPaymentRequest& request,
                                              cli::Output& output) {
  output.Note(
      absl::StrCat("approve ", ShowMoney(request.amount()), " where the agent asks for the PIN"));
  const auto began = steady_clock::now();
  SIGNET_ASSIGN_OR_RETURN(const auto begun, agent.BeginPayment(request));
  output.Step(
      absl::StrCat("approved; the hardware module signed and sealed payment ", begun.payment_id()),
      steady_clock::now() - began);
  device::v1::OpenPayment open;
  open.set_payment_id(begun.payment_id());
  *open.mutable_message() = begun.instruction();
  return open;
}

absl::Status Pay(const PayText& text, const Options& options, cli::Output& output) {
  SIGNET_ASSIGN_OR_RETURN(const auto request, CheckPayRequest(text));
  SIGNET_ASSIGN_OR_RETURN(const StateDir state, OpenStateDir(options));
  SIGNET_ASSIGN_OR_RETURN(const Ways ways, ConnectBoth(options, state, output));
  SIGNET_RETURN_IF_ERROR(state.PrepareReceipts());
  const Connections connections = ways.connections();
  SIGNET_ASSIGN_OR_RETURN(const cli::Fields earlier, EndEarlierPayment(connections, state, output));
  output.Also(earlier);
  SIGNET_RETURN_IF_ERROR(VerifyPayee(connections, text.payee, output));
  SIGNET_ASSIGN_OR_RETURN(const auto open, Begin(*ways.agent, request, output));
  return FinishAndShow(connections, state, open, output);
}

}  // namespace

void RegisterPay(CLI::App& app, Command& chosen) {
  CLI::App* pay = app.add_subcommand("pay", "Pay an amount to an account");
  const auto text = std::make_shared<PayText>();
  pay->add_option("AMOUNT", text->amount, "For example 12.50")->required();
  pay->add_option("CURRENCY", text->currency, "ISO 4217 code, for example EUR")->required();
  // Whom money goes to is said on the command line, never by an environment or a file.
  pay->add_option("--to", text->payee, "The payee's account")->required()->configurable(false);
  pay->add_option("--reference", text->reference, "At most 140 bytes, shown to both sides")
      ->configurable(false);
  pay->callback([&chosen, text] {
    chosen = [text](const Options& options, cli::Output& output) {
      return Pay(*text, options, output);
    };
  });
}

}  // namespace signet::terminal
