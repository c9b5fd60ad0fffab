#include "hsm_agent/payments/payment_desk.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hsm_agent/pin/approval_text.h"
#include "libs/base/ids.h"
#include "libs/base/money.h"
#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/pkcs11/module_keys.h"

namespace signet::hsm_agent {
namespace {

using device::v1::AgentState;
using device::v1::ClosedPayment;
using device::v1::JournaledPayment;
using payments::v1::PaymentInstruction;
using sealing::v1::SealedMessage;

constexpr size_t kMaxReferenceBytes = 140;

}  // namespace

absl::StatusOr<PaymentInstruction> PaymentDesk::CheckRequest(
    const device::v1::BeginPaymentRequest& request) const {
  if (!state_.state().has_enrollment()) {
    return absl::FailedPreconditionError("this device is not enrolled; run `signet enroll`");
  }
  if (state_.state().has_open_payment()) {
    return absl::FailedPreconditionError(
        absl::StrCat("payment ", open_.IdOf(state_.state().open_payment().counter()),
                     " is open; run `signet resume`"));
  }
  SIGNET_RETURN_IF_ERROR(MinorUnitDigits(request.amount().currency_code()).status());
  if (request.amount().amount_minor() <= 0) {
    return absl::InvalidArgumentError("the amount must be above zero");
  }
  SIGNET_RETURN_IF_ERROR(ValidateHandle(request.payee()));
  if (request.reference().size() > kMaxReferenceBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the reference is longer than ", kMaxReferenceBytes, " bytes"));
  }
  const std::optional<std::string> name = queries_.payees().NameOf(request.payee());
  if (!name.has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the payee ", request.payee(),
                     " has not been verified with the platform since the agent started; ask for "
                     "the payee first"));
  }
  PaymentInstruction instruction;
  *instruction.mutable_amount() = request.amount();
  instruction.set_payee(request.payee());
  instruction.set_payee_name(*name);
  instruction.set_reference(request.reference());
  return instruction;
}

absl::Status PaymentDesk::Sign(Draft& draft, const Secret& pin) {
  SIGNET_ASSIGN_OR_RETURN(KeyRing* const keys, module_.Keys());
  SIGNET_ASSIGN_OR_RETURN(draft.counter, keys->NextCounter());
  draft.header = sealing::SerializeHeader(
      {sealing::v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION, keys->Ksn(draft.counter)});
  draft.hash = MessageDigest(draft.header, draft.body);
  SIGNET_ASSIGN_OR_RETURN(draft.signature, keys->Sign(draft.hash, pin));
  return absl::OkStatus();
}

absl::StatusOr<SealedMessage> PaymentDesk::SealInstruction(const Draft& draft) {
  SIGNET_ASSIGN_OR_RETURN(KeyRing* const keys, module_.Keys());
  SIGNET_ASSIGN_OR_RETURN(const WorkingKeys working, keys->TakeCounter(WorkingKeyHome::kToken));
  if (working.counter != draft.counter) {
    return absl::InternalError("another counter was taken than the one that was signed");
  }
  pkcs11::ModuleMessageKey key(keys->session(), working.request);
  return sealing::Seal(draft.header, draft.body, draft.signature, key);
}

absl::StatusOr<device::v1::BeginPaymentResponse> PaymentDesk::Begin(
    const device::v1::BeginPaymentRequest& request, const Abandoned& abandoned) {
  SIGNET_ASSIGN_OR_RETURN(const PaymentInstruction instruction, CheckRequest(request));
  Draft draft;
  draft.body = instruction.SerializeAsString();
  const PinReason reason{PaymentApproval(ApprovedAmount(instruction), instruction.payee_name(),
                                         instruction.payee(), instruction.reference()),
                         abandoned};
  SIGNET_ASSIGN_OR_RETURN(Secret pin, module_.UseWithPin(reason, [&](const Secret& entered) {
    return Sign(draft, entered);
  }));
  SIGNET_ASSIGN_OR_RETURN(SealedMessage sealed, SealInstruction(draft));
  // Durable before the message leaves.
  SIGNET_RETURN_IF_ERROR(state_.Update([&](AgentState& state) {
    state.set_highest_counter(draft.counter);
    JournaledPayment& open = *state.mutable_open_payment();
    open.set_counter(draft.counter);
    open.set_instruction_body(draft.body);
    open.set_instruction_hash(draft.hash);
    *open.mutable_instruction() = sealed;
  }));
  completion_.HoldPin(draft.counter, std::move(pin));
  device::v1::BeginPaymentResponse response;
  response.set_payment_id(open_.IdOf(draft.counter));
  *response.mutable_instruction() = std::move(sealed);
  return response;
}

absl::StatusOr<device::v1::AbandonPaymentResponse> PaymentDesk::Abandon(
    const device::v1::AbandonPaymentRequest& request, const Abandoned& /*abandoned*/) {
  const AgentState& state = state_.state();
  if (!open_.Is(request.payment_id())) {
    const bool repeated =
        open_.IsLastClosed(request.payment_id()) && state.last_closed().abandoned();
    if (repeated) return device::v1::AbandonPaymentResponse();
    return PaymentNotOpen(request.payment_id());
  }
  if (!queries_.ProvedDead(state.open_payment().counter())) {
    return absl::FailedPreconditionError(absl::StrCat(
        "it is not proved that payment ", request.payment_id(),
        " can never move money; ask the platform for its state first (`signet resume` does)"));
  }
  ClosedPayment closed;
  closed.set_abandoned(true);
  SIGNET_RETURN_IF_ERROR(completion_.Close(closed));
  return device::v1::AbandonPaymentResponse();
}

}  // namespace signet::hsm_agent
