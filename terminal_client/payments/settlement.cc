#include "terminal_client/payments/settlement.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/program/program.h"
#include "terminal_client/failure.h"
#include "terminal_client/text.h"

namespace signet::terminal {
namespace {

using payments::v1::SignedReceipt;
using serving::ExitCode;

// What the platform's answer says of a payment.
std::string StateText(const device::v1::CompleteQueryResponse& outcome) {
  if (outcome.has_decline()) {
    return outcome.decline().reason() == payments::v1::DECLINE_REASON_NOT_FOUND
               ? "the platform does not know it"
               : absl::StrCat("the platform says: ", DeclineText(outcome.decline().reason()));
  }
  switch (outcome.result().payment().state()) {
    case payments::v1::PAYMENT_STATE_DECLINED:
      return "the platform has declined it";
    case payments::v1::PAYMENT_STATE_EXPIRED:
      return "it has expired";
    default:
      return "the platform does not say what became of it";
  }
}

class Settlement {
 public:
  Settlement(const Connections& connections, std::string payment_id, absl::Status barred,
             cli::Output& output)
      : connections_(connections),
        payment_id_(std::move(payment_id)),
        barred_(std::move(barred)),
        output_(output) {}

  absl::StatusOr<SignedReceipt> Run() {
    const auto outcome = AskOrDecline(connections_, PaymentQuery(payment_id_), output_);
    if (!outcome.ok()) return Unknown("asking for it failed", outcome.status());
    const payments::v1::PaymentSummary& payment = outcome->result().payment();
    if (payment.state() == payments::v1::PAYMENT_STATE_CONFIRMED) return Paid();
    const absl::Status abandoned = connections_.agent.AbandonPayment(payment_id_);
    if (abandoned.ok()) return Closed(*outcome);
    if (payment.state() == payments::v1::PAYMENT_STATE_AUTHORIZED) return MustWait(payment);
    return Unknown(StateText(*outcome), abandoned);
  }

 private:
  absl::StatusOr<SignedReceipt> Paid() {
    auto receipt = FetchReceipt(connections_, payment_id_, output_);
    if (receipt.ok()) return receipt;
    return Unknown("the platform has made it, but its receipt is missing", receipt.status());
  }

  absl::Status Closed(const device::v1::CompleteQueryResponse& outcome) const {
    const payments::v1::DeclineReason reason = outcome.has_decline()
                                                   ? outcome.decline().reason()
                                                   : outcome.result().payment().decline_reason();
    const absl::Status closed =
        Failure(serving::ExitCodeOf(barred_), barred_.code(),
                absl::StrCat("payment ", payment_id_, " is closed and moved no money: ",
                             std::string(barred_.message()), "; ", StateText(outcome)));
    return WithPaymentId(WithDeclineReason(closed, reason), payment_id_);
  }

  absl::Status MustWait(const payments::v1::PaymentSummary& payment) const {
    const absl::Status open = Failure(
        ExitCode::kOutcomeUnknown, barred_.code(),
        absl::StrCat("payment ", payment_id_, " must wait: ", std::string(barred_.message()),
                     ". No money has moved; the platform holds it until ",
                     cli::ShowTime(payment.expires_at_unix_ms()),
                     " and then lets it go: run `signet resume` after that, and do not pay "
                     "again before"));
    return WithPaymentId(open, payment_id_);
  }

  absl::Status Unknown(const std::string& what, const absl::Status& why) const {
    return OutcomeUnknown(
        payment_id_,
        absl::Status(barred_.code(), absl::StrCat(std::string(barred_.message()), "; ", what, ": ",
                                                  std::string(why.message()))));
  }

  const Connections& connections_;
  const std::string payment_id_;
  const absl::Status barred_;
  cli::Output& output_;
};

}  // namespace

absl::StatusOr<SignedReceipt> Settle(const Connections& connections, const std::string& payment_id,
                                     const absl::Status& barred, cli::Output& output) {
  return Settlement(connections, payment_id, barred, output).Run();
}

}  // namespace signet::terminal
