#include "terminal_client/payments/payment_flow.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/program/program.h"
#include "terminal_client/failure.h"
#include "terminal_client/payments/settlement.h"

namespace signet::terminal {
namespace {

using payments::v1::SignedReceipt;
using sealing::v1::SealedMessage;
using serving::ExitCode;
using std::chrono::steady_clock;

// The ordinary way: each message delivered, each answer opened by the module.
class Flow {
 public:
  Flow(const Connections& connections, std::string payment_id, cli::Output& output)
      : connections_(connections), payment_id_(std::move(payment_id)), output_(output) {}

  absl::StatusOr<SignedReceipt> Run(const device::v1::OpenPayment& open) {
    if (open.confirmed()) return Complete(open.message());
    SIGNET_ASSIGN_OR_RETURN(const SealedMessage confirmation, Confirm(open.message()));
    return Complete(confirmation);
  }

  // Not OK where Run failed because the ordinary way is barred: sending the same bytes again leads
  // nowhere. Its exit code is that of a payment which it ends.
  const absl::Status& barred() const { return barred_; }

 private:
  absl::StatusOr<SealedMessage> Confirm(const SealedMessage& instruction) {
    SIGNET_ASSIGN_OR_RETURN(const SealedMessage answer, Deliver(instruction));
    Done("the platform answered the instruction");
    auto confirmed = connections_.agent.ConfirmPayment(payment_id_, answer);
    if (!confirmed.ok()) return NotOpened(confirmed.status());
    if (confirmed->has_decline()) return Declined(confirmed->decline());
    Done("the hardware module checked the authorization and signed the confirmation");
    return std::move(*confirmed->mutable_confirmation());
  }

  absl::StatusOr<SignedReceipt> Complete(const SealedMessage& confirmation) {
    SIGNET_ASSIGN_OR_RETURN(const SealedMessage answer, Deliver(confirmation));
    Done("the platform answered the confirmation");
    auto completed = connections_.agent.CompletePayment(payment_id_, answer);
    if (!completed.ok()) return NotOpened(completed.status());
    if (completed->has_decline()) return Declined(completed->decline());
    Done("the hardware module verified the receipt: the payment is made");
    return std::move(*completed->mutable_receipt());
  }

  // The same bytes each time: the platform answers a repeated message with its first outcome.
  absl::StatusOr<SealedMessage> Deliver(const SealedMessage& message) {
    int attempts = 0;
    auto answer = TryAgain(connections_.retry, [&] {
      if (attempts++ > 0) output_.Note("no answer yet; sending the same message again");
      return connections_.gateway.Exchange(message);
    });
    if (answer.ok()) return answer;
    const std::string trouble =
        GatewayTrouble(answer.status(), "the gateway at " + connections_.gateway.address());
    const absl::Status error(answer.status().code(), trouble);
    if (MayTryAgain(error)) return OutcomeUnknown(payment_id_, error);
    return Bar(ExitCode::kAuthentication, error.code(), trouble);
  }

  // FAILED_PRECONDITION: the module has lost the payment's keys, for good. A wrong PIN, a forged
  // answer or a module in trouble may be another matter the next time.
  absl::Status NotOpened(const absl::Status& error) {
    if (!absl::IsFailedPrecondition(error)) return OutcomeUnknown(payment_id_, error);
    return Bar(
        ExitCode::kDeclined, error.code(),
        absl::StrCat("the agent cannot use its answer (", std::string(error.message()), ")"));
  }

  absl::Status Bar(ExitCode code, absl::StatusCode status, const std::string& what) {
    barred_ = Failure(code, status, what);
    return barred_;
  }

  void Done(const std::string& what) {
    const auto now = steady_clock::now();
    output_.Step(what, now - since_);
    since_ = now;
  }

  const Connections& connections_;
  const std::string payment_id_;
  cli::Output& output_;
  absl::Status barred_;
  steady_clock::time_point since_ = steady_clock::now();
};

}  // namespace

absl::StatusOr<SignedReceipt> FinishPayment(const Connections& connections,
                                            const device::v1::OpenPayment& open,
                                            cli::Output& output) {
  Flow flow(connections, open.payment_id(), output);
  auto receipt = flow.Run(open);
  if (flow.barred().ok()) return receipt;
  output.Note(absl::StrCat(std::string(flow.barred().message()),
                           "; asking the platform what became of it"));
  return Settle(connections, open.payment_id(), flow.barred(), output);
}

}  // namespace signet::terminal
