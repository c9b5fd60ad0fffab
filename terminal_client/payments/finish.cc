#include "terminal_client/payments/finish.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/program/program.h"
#include "terminal_client/failure.h"
#include "terminal_client/payments/payment_flow.h"
#include "terminal_client/text.h"

namespace signet::terminal {
namespace {

// The payment is made, whatever becomes of its receipt.
absl::Status ShowPaid(const StateDir& state, const std::string& payment_id,
                      const payments::v1::SignedReceipt& receipt, cli::Output& output) {
  ShowReceipt(payment_id, receipt, KeepReceipt(state, payment_id, receipt, output), output);
  return absl::OkStatus();
}

}  // namespace

cli::Fields ReceiptRecord(const payments::v1::Receipt& receipt) {
  cli::Fields record = {
      {"payment", Printable(receipt.payment_id())},
      {"amount", ShowMoney(receipt.amount())},
      {"payee", Printable(absl::StrCat(receipt.payee_name(), " (", receipt.payee(), ")"))},
      {"payer", Printable(absl::StrCat(receipt.payer_name(), " (", receipt.payer(), ")"))},
  };
  if (!receipt.reference().empty()) {
    record.emplace_back("reference", Printable(receipt.reference()));
  }
  record.emplace_back("completed", cli::ShowTime(receipt.completed_at_unix_ms()));
  return record;
}

void ShowReceipt(const std::string& payment_id, const payments::v1::SignedReceipt& receipt,
                 const std::string& file, cli::Output& output) {
  payments::v1::Receipt content;
  if (!content.ParseFromString(receipt.receipt())) content.set_payment_id(payment_id);
  cli::Fields record = ReceiptRecord(content);
  cli::Fields extra;
  if (!file.empty()) {
    record.emplace_back("receipt", file);
    extra.emplace_back("receiptFile", file);
  }
  output.Done(absl::StrCat("payment ", payment_id, " is made",
                           file.empty() ? "" : absl::StrCat("; its receipt is in ", file)));
  output.Result(content, extra, record);
}

std::string KeepReceipt(const StateDir& state, const std::string& payment_id,
                        const payments::v1::SignedReceipt& receipt, cli::Output& output) {
  const auto file = state.SaveReceipt(payment_id, receipt);
  if (file.ok()) {
    state.ForgetUnfinished();
    return *file;
  }
  output.Warning(absl::StrCat("payment ", payment_id,
                              " is made, but its receipt could not be kept (",
                              std::string(file.status().message()),
                              "); mend that, then run `signet receipt fetch ", payment_id, "`"));
  return "";
}

absl::StatusOr<payments::v1::SignedReceipt> Finish(const Connections& connections,
                                                   const StateDir& state,
                                                   const device::v1::OpenPayment& open,
                                                   cli::Output& output) {
  if (const absl::Status noted = state.NoteUnfinished(open.payment_id()); !noted.ok()) {
    return WithPaymentId(
        Annotate(noted, absl::StrCat("payment ", open.payment_id(),
                                     " is not sent; mend this, then run `signet resume`")),
        open.payment_id());
  }
  auto receipt = FinishPayment(connections, open, output);
  if (!receipt.ok() && IsClosed(receipt.status())) state.ForgetUnfinished();
  return receipt;
}

bool IsClosed(const absl::Status& end) {
  return serving::ExitCodeOf(end) == serving::ExitCode::kDeclined ||
         serving::ExitCodeOf(end) == serving::ExitCode::kAuthentication;
}

absl::Status FinishAndShow(const Connections& connections, const StateDir& state,
                           const device::v1::OpenPayment& open, cli::Output& output) {
  SIGNET_ASSIGN_OR_RETURN(const auto receipt, Finish(connections, state, open, output));
  return ShowPaid(state, open.payment_id(), receipt, output);
}

absl::StatusOr<bool> RecoverReceipt(AgentClient& agent, const StateDir& state,
                                    cli::Output& output) {
  const std::string payment_id = state.Unfinished();
  if (payment_id.empty()) return false;
  // The agent repeats the end of the payment that it closed last, whatever the answer given.
  const auto completed = agent.CompletePayment(payment_id, {});
  if (!completed.ok()) {
    // Not the last one, or abandoned: there is nothing left to show.
    if (serving::ExitCodeOf(completed.status()) != serving::ExitCode::kNotFoundOrConflict) {
      return completed.status();
    }
    state.ForgetUnfinished();
    return false;
  }
  if (completed->has_decline()) {
    state.ForgetUnfinished();
    return Declined(completed->decline());
  }
  SIGNET_RETURN_IF_ERROR(ShowPaid(state, payment_id, completed->receipt(), output));
  return true;
}

void KeepLastReceipt(AgentClient& agent, const StateDir& state, cli::Output& output) {
  const std::string payment_id = state.Unfinished();
  if (payment_id.empty()) return;
  const auto completed = agent.CompletePayment(payment_id, {});
  if (!completed.ok() || !completed->has_receipt()) return;
  const std::string file = KeepReceipt(state, payment_id, completed->receipt(), output);
  if (!file.empty()) {
    output.Note(absl::StrCat("the receipt of payment ", payment_id, " is in ", file));
  }
}

}  // namespace signet::terminal
