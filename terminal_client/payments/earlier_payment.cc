#include "terminal_client/payments/earlier_payment.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "terminal_client/payments/finish.h"
#include "terminal_client/text.h"

namespace signet::terminal {
namespace {

std::string Name(const device::v1::OpenPayment& open) {
  return absl::StrCat("payment ", open.payment_id(), ", ", ShowMoney(open.amount()), " to ",
                      Printable(absl::StrCat(open.payee_name(), " (", open.payee(), ")")));
}

}  // namespace

absl::StatusOr<cli::Fields> EndEarlierPayment(const Connections& connections, const StateDir& state,
                                              cli::Output& output) {
  SIGNET_ASSIGN_OR_RETURN(const auto described, connections.agent.DescribeOpenPayment());
  if (!described.has_payment()) {
    KeepLastReceipt(connections.agent, state, output);
    return cli::Fields{};
  }
  const device::v1::OpenPayment& open = described.payment();
  output.Note(absl::StrCat(Name(open), ", is still open; it is finished first"));
  cli::Fields told = {{"earlierPaymentId", open.payment_id()}};
  const auto receipt = Finish(connections, state, open, output);
  if (receipt.ok()) {
    const std::string file = KeepReceipt(state, open.payment_id(), *receipt, output);
    output.Warning(absl::StrCat(Name(open), ", was still open and is made now"));
    told.emplace_back("earlierOutcome", "made");
    if (!file.empty()) told.emplace_back("earlierReceiptFile", file);
    return told;
  }
  if (!IsClosed(receipt.status())) {
    return Annotate(receipt.status(), "no new payment was begun");
  }
  output.Warning(absl::StrCat(
      Name(open), ", was still open and is not made: ", std::string(receipt.status().message())));
  told.emplace_back("earlierOutcome", "not made");
  return told;
}

}  // namespace signet::terminal
