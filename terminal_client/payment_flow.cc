#include "terminal_client/payment_flow.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "terminal_client/failure.h"
#include "terminal_client/text.h"

namespace signet::terminal {
namespace {

using sealing::v1::SealedMessage;
using std::chrono::steady_clock;

// What the platform's answer says of a payment.
std::string StateText(const device::v1::CompleteQueryResponse& outcome) {
  if (outcome.has_decline()) {
    return outcome.decline().reason() == payments::v1::DECLINE_REASON_NOT_FOUND
               ? "the platform does not know it"
               : absl::StrCat("the platform says: ", DeclineText(outcome.decline().reason()));
  }
  switch (outcome.result().payment().state()) {
    case payments::v1::PAYMENT_STATE_AUTHORIZED:
      return "the platform still holds the money for it";
    case payments::v1::PAYMENT_STATE_CONFIRMED:
      return "the platform has made it";
    case payments::v1::PAYMENT_STATE_DECLINED:
      return "the platform has declined it";
    case payments::v1::PAYMENT_STATE_EXPIRED:
      return "it has expired";
    default:
      return "the platform does not say what became of it";
  }
}

class Flow {
 public:
  Flow(const Connections& connections, std::string payment_id, Output& output)
      : connections_(connections), payment_id_(std::move(payment_id)), output_(output) {}

  absl::StatusOr<SealedMessage> Confirm(const SealedMessage& instruction) {
    SIGNET_ASSIGN_OR_RETURN(const SealedMessage answer, Deliver(instruction));
    Done("the platform answered the instruction");
    auto confirmed = connections_.agent.ConfirmPayment(payment_id_, answer);
    if (!confirmed.ok()) return OutcomeUnknown(payment_id_, confirmed.status());
    if (confirmed->has_decline()) return Declined(confirmed->decline());
    Done("the hardware module checked the authorization and signed the confirmation");
    return std::move(*confirmed->mutable_confirmation());
  }

  absl::StatusOr<payments::v1::SignedReceipt> Complete(const SealedMessage& confirmation) {
    SIGNET_ASSIGN_OR_RETURN(const SealedMessage answer, Deliver(confirmation));
    Done("the platform booked the payment and answered with the receipt");
    auto completed = connections_.agent.CompletePayment(payment_id_, answer);
    if (!completed.ok()) return OutcomeUnknown(payment_id_, completed.status());
    if (completed->has_decline()) return Declined(completed->decline());
    Done("the hardware module verified the receipt");
    return std::move(*completed->mutable_receipt());
  }

 private:
  // The same bytes each time: the platform answers a repeated message with its first outcome.
  absl::StatusOr<SealedMessage> Deliver(const SealedMessage& message) {
    int attempts = 0;
    auto answer = TryAgain(connections_.retry, [&] {
      if (attempts++ > 0) output_.Note("no answer yet; sending the same message again");
      return connections_.gateway.Exchange(message);
    });
    if (answer.ok()) return answer;
    if (MayTryAgain(answer.status())) return OutcomeUnknown(payment_id_, answer.status());
    return SettleRefused(connections_, payment_id_, answer.status());
  }

  void Done(const std::string& what) {
    const auto now = steady_clock::now();
    output_.Step(what, now - since_);
    since_ = now;
  }

  const Connections& connections_;
  const std::string payment_id_;
  Output& output_;
  steady_clock::time_point since_ = steady_clock::now();
};

}  // namespace

absl::StatusOr<payments::v1::SignedReceipt> FinishPayment(const Connections& connections,
                                                          const device::v1::OpenPayment& open,
                                                          Output& output) {
  Flow flow(connections, open.payment_id(), output);
  if (open.confirmed()) return flow.Complete(open.message());
  SIGNET_ASSIGN_OR_RETURN(const SealedMessage confirmation, flow.Confirm(open.message()));
  return flow.Complete(confirmation);
}

absl::Status SettleRefused(const Connections& connections, const std::string& payment_id,
                           const absl::Status& refusal) {
  const auto outcome = AskOrDecline(connections, PaymentQuery(payment_id));
  if (!outcome.ok()) {
    return OutcomeUnknown(
        payment_id,
        absl::Status(refusal.code(), absl::StrCat("the gateway refused its message: ",
                                                  std::string(refusal.message()),
                                                  "; asking for "
                                                  "it failed: ",
                                                  std::string(outcome.status().message()))));
  }
  const std::string state = StateText(*outcome);
  const absl::Status abandoned = connections.agent.AbandonPayment(payment_id);
  if (!abandoned.ok()) {
    return OutcomeUnknown(
        payment_id,
        absl::Status(refusal.code(), absl::StrCat("the gateway refused its message, and ", state)));
  }
  return WithPaymentId(
      Failure(serving::ExitCode::kAuthentication, refusal.code(),
              absl::StrCat("payment ", payment_id, " was refused (", std::string(refusal.message()),
                           ") and moved no money: ", state, "; it is closed")),
      payment_id);
}

}  // namespace signet::terminal
