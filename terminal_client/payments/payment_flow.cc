#include "terminal_client/payments/payment_flow.h"

#include <chrono>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "libs/program/program.h"
#include "terminal_client/failure.h"
#include "terminal_client/payments/settlement.h"

namespace signet::terminal {
namespace {

using payments::v1::SignedReceipt;
using sealing::v1::SealedMessage;
using serving::ExitCode;
using std::chrono::steady_clock;

using End = absl::StatusOr<SignedReceipt>;
// A message that goes on with the payment, or the end of it.
using Next = std::variant<SealedMessage, End>;

// The ordinary way: each message delivered, each answer opened by the module. Where it is barred
// (sending the same bytes again leads nowhere) the platform is asked.
class Flow {
 public:
  Flow(const Connections& connections, std::string payment_id, cli::Output& output)
      : connections_(connections), payment_id_(std::move(payment_id)), output_(output) {}

  End Run(const device::v1::OpenPayment& open) {
    if (open.confirmed()) return Complete(open.message());
    const Next confirmation = Confirm(open.message());
    if (const End* end = std::get_if<End>(&confirmation)) return *end;
    return Complete(std::get<SealedMessage>(confirmation));
  }

 private:
  Next Confirm(const SealedMessage& instruction) {
    const Next answer = Deliver(instruction);
    if (std::holds_alternative<End>(answer)) return answer;
    Done("the platform answered the instruction");
    auto confirmed =
        connections_.agent.ConfirmPayment(payment_id_, std::get<SealedMessage>(answer));
    if (!confirmed.ok()) return NotOpened(confirmed.status());
    if (confirmed->has_decline()) return End(Declined(confirmed->decline()));
    Done("the hardware module checked the authorization and signed the confirmation");
    return std::move(*confirmed->mutable_confirmation());
  }

  End Complete(const SealedMessage& confirmation) {
    const Next answer = Deliver(confirmation);
    if (const End* end = std::get_if<End>(&answer)) return *end;
    Done("the platform answered the confirmation");
    auto completed =
        connections_.agent.CompletePayment(payment_id_, std::get<SealedMessage>(answer));
    if (!completed.ok()) return NotOpened(completed.status());
    if (completed->has_decline()) return Declined(completed->decline());
    Done("the hardware module verified the receipt: the payment is made");
    return std::move(*completed->mutable_receipt());
  }

  // The same bytes each time: the platform answers a repeated message with its first outcome.
  Next Deliver(const SealedMessage& message) {
    int attempts = 0;
    auto answer = TryAgain(connections_.retry, [&] {
      if (attempts++ > 0) output_.Note("no answer yet; sending the same message again");
      return connections_.gateway.Exchange(message);
    });
    if (answer.ok()) return *std::move(answer);
    const std::string trouble =
        GatewayTrouble(answer.status(), "the gateway at " + connections_.gateway.address());
    const absl::Status error(answer.status().code(), trouble);
    if (MayTryAgain(error)) return End(OutcomeUnknown(payment_id_, error));
    return Barred(Failure(ExitCode::kAuthentication, error.code(), trouble));
  }

  // FAILED_PRECONDITION: the module has lost the payment's keys, for good. A wrong PIN, a forged
  // answer or a module in trouble may be another matter the next time.
  End NotOpened(const absl::Status& error) {
    if (!absl::IsFailedPrecondition(error)) return OutcomeUnknown(payment_id_, error);
    return Barred(Failure(
        ExitCode::kDeclined, error.code(),
        absl::StrCat("the agent cannot use its answer (", std::string(error.message()), ")")));
  }

  // why: with the exit code of a payment that it has ended.
  End Barred(const absl::Status& why) {
    output_.Note(
        absl::StrCat(std::string(why.message()), "; asking the platform what became of it"));
    return Settle(connections_, payment_id_, why, output_);
  }

  void Done(const std::string& what) {
    const auto now = steady_clock::now();
    output_.Step(what, now - since_);
    since_ = now;
  }

  const Connections& connections_;
  const std::string payment_id_;
  cli::Output& output_;
  steady_clock::time_point since_ = steady_clock::now();
};

}  // namespace

absl::StatusOr<SignedReceipt> FinishPayment(const Connections& connections,
                                            const device::v1::OpenPayment& open,
                                            cli::Output& output) {
  return Flow(connections, open.payment_id(), output).Run(open);
}

}  // namespace signet::terminal
