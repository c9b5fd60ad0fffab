#include "hsm_agent/payments/payment_completion.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hsm_agent/module/host_answer.h"
#include "hsm_agent/pin/approval_text.h"
#include "libs/base/money.h"
#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/pkcs11/module_keys.h"
#include "libs/program/log.h"

namespace signet::hsm_agent {
namespace {

using device::v1::AgentState;
using device::v1::ClosedPayment;
using device::v1::JournaledConfirmation;
using device::v1::JournaledPayment;
using sealing::v1::SealedMessage;

}  // namespace

absl::StatusOr<sealing::OpenedMessage> PaymentCompletion::OpenPaymentAnswer(
    const SealedMessage& answer, sealing::v1::MessageType expected) {
  SIGNET_ASSIGN_OR_RETURN(KeyRing* const keys, module_.Keys());
  const uint32_t counter = state_.state().open_payment().counter();
  SIGNET_ASSIGN_OR_RETURN(const WorkingKeys working, keys->PaymentKeys(counter));
  return OpenAnswer(keys->session(), answer, keys->Ksn(counter), working.response,
                    {expected, sealing::v1::MESSAGE_TYPE_DECLINE});
}

absl::StatusOr<payments::v1::Decline> PaymentCompletion::CloseDeclined(
    const sealing::OpenedMessage& opened, const std::string& request_hash) {
  SIGNET_ASSIGN_OR_RETURN(payments::v1::Decline decline,
                          ParseBody<payments::v1::Decline>(opened.body));
  SIGNET_RETURN_IF_ERROR(CheckDecline(open_.Approved().payment_id, request_hash, decline));
  ClosedPayment closed;
  *closed.mutable_decline() = decline;
  SIGNET_RETURN_IF_ERROR(Close(closed));
  return decline;
}

absl::StatusOr<std::string> PaymentCompletion::SignAgain(const std::string& digest,
                                                         const PinReason& reason) {
  SIGNET_ASSIGN_OR_RETURN(KeyRing* const keys, module_.Keys());
  const uint32_t counter = state_.state().open_payment().counter();
  if (const std::optional<Secret> pin = held_pin_.Take(counter)) {
    absl::StatusOr<std::string> signature = keys->Sign(digest, *pin);
    if (!absl::IsUnauthenticated(signature.status())) return signature;
    SIGNET_RETURN_IF_ERROR(gate_.CountRefused(*pin));  // changed since the instruction
  }
  std::string signature;
  SIGNET_RETURN_IF_ERROR(module_
                             .UseWithPin(reason,
                                         [&](const Secret& pin) -> absl::Status {
                                           SIGNET_ASSIGN_OR_RETURN(signature,
                                                                   keys->Sign(digest, pin));
                                           return absl::OkStatus();
                                         })
                             .status());
  return signature;
}

absl::StatusOr<JournaledConfirmation> PaymentCompletion::MakeConfirmation(
    const std::string& authorization_body, const PinReason& reason) {
  SIGNET_ASSIGN_OR_RETURN(KeyRing* const keys, module_.Keys());
  const JournaledPayment open = state_.state().open_payment();
  SIGNET_ASSIGN_OR_RETURN(const WorkingKeys working, keys->PaymentKeys(open.counter()));
  payments::v1::PaymentConfirmation confirmation;
  confirmation.set_instruction_hash(open.instruction_hash());
  confirmation.set_authorization_hash(AuthorizationDigest(authorization_body));
  const std::string body = confirmation.SerializeAsString();
  const std::string header = sealing::SerializeHeader(
      {sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION, keys->Ksn(open.counter())});
  JournaledConfirmation journaled;
  journaled.set_authorization_body(authorization_body);
  journaled.set_hash(MessageDigest(header, body));
  SIGNET_ASSIGN_OR_RETURN(const std::string signature, SignAgain(journaled.hash(), reason));
  pkcs11::ModuleMessageKey key(keys->session(), working.request);
  SIGNET_ASSIGN_OR_RETURN(*journaled.mutable_message(),
                          sealing::Seal(header, body, signature, key));
  return journaled;
}

absl::StatusOr<device::v1::ConfirmPaymentResponse> PaymentCompletion::Confirm(
    const device::v1::ConfirmPaymentRequest& request, const Abandoned& abandoned) {
  device::v1::ConfirmPaymentResponse response;
  const AgentState& state = state_.state();
  if (!open_.Is(request.payment_id())) {
    if (!open_.IsLastClosed(request.payment_id())) return PaymentNotOpen(request.payment_id());
    if (!state.last_closed().has_decline()) {
      return absl::FailedPreconditionError(
          absl::StrCat("payment ", request.payment_id(), " is closed"));
    }
    *response.mutable_decline() = state.last_closed().decline();
    return response;
  }
  if (state.open_payment().has_confirmation()) {
    *response.mutable_confirmation() = state.open_payment().confirmation().message();
    return response;
  }
  const ApprovedPayment approved = open_.Approved();
  const PinReason reason{
      ConfirmationApproval(ApprovedAmount(approved.instruction), approved.instruction.payee_name(),
                           approved.instruction.payee()),
      abandoned};
  if (!module_.unlocked()) {
    SIGNET_ASSIGN_OR_RETURN(
        Secret pin, module_.UseWithPin(reason, [](const Secret&) { return absl::OkStatus(); }));
    held_pin_.Hold(state.open_payment().counter(), std::move(pin));
  }
  SIGNET_ASSIGN_OR_RETURN(
      const sealing::OpenedMessage opened,
      OpenPaymentAnswer(request.answer(), sealing::v1::MESSAGE_TYPE_PAYMENT_AUTHORIZATION));
  if (opened.header.type == sealing::v1::MESSAGE_TYPE_DECLINE) {
    SIGNET_ASSIGN_OR_RETURN(*response.mutable_decline(),
                            CloseDeclined(opened, approved.instruction_hash));
    return response;
  }
  SIGNET_ASSIGN_OR_RETURN(const auto authorization,
                          ParseBody<payments::v1::PaymentAuthorization>(opened.body));
  SIGNET_RETURN_IF_ERROR(CheckAuthorization(approved, authorization));
  SIGNET_ASSIGN_OR_RETURN(const JournaledConfirmation confirmation,
                          MakeConfirmation(opened.body, reason));
  // Durable before the message leaves.
  SIGNET_RETURN_IF_ERROR(state_.Update([&](AgentState& next) {
    *next.mutable_open_payment()->mutable_confirmation() = confirmation;
  }));
  *response.mutable_confirmation() = confirmation.message();
  return response;
}

absl::Status PaymentCompletion::Close(const ClosedPayment& closed) {
  SIGNET_RETURN_IF_ERROR(state_.Update([&](AgentState& state) {
    *state.mutable_last_closed() = closed;
    state.mutable_last_closed()->set_counter(state.open_payment().counter());
    state.clear_open_payment();
  }));
  held_pin_.Wipe();
  KeyRing* const keys = module_.KeysIfLoaded();
  const absl::Status destroyed = keys == nullptr ? absl::OkStatus() : keys->DestroyPaymentKeys();
  if (!destroyed.ok()) {
    // The payment is closed all the same; a key that is left goes at the next login.
    serving::LogWarning("payment_keys_not_destroyed",
                        {{"error", std::string(destroyed.message())}});
    module_.Close();
  }
  return absl::OkStatus();
}

absl::Status PaymentCompletion::ClosePaid(const payments::v1::SignedReceipt& receipt) {
  SIGNET_ASSIGN_OR_RETURN(const auto content, ParseBody<payments::v1::Receipt>(receipt.receipt()));
  SIGNET_RETURN_IF_ERROR(CheckReceipt(open_.Approved(), content));
  ClosedPayment closed;
  *closed.mutable_receipt() = receipt;
  return Close(closed);
}

absl::Status PaymentCompletion::CloseIfOpen(const payments::v1::SignedReceipt& receipt) {
  SIGNET_ASSIGN_OR_RETURN(const auto content, ParseBody<payments::v1::Receipt>(receipt.receipt()));
  return open_.Is(content.payment_id()) ? ClosePaid(receipt) : absl::OkStatus();
}

absl::StatusOr<device::v1::CompletePaymentResponse> PaymentCompletion::Complete(
    const device::v1::CompletePaymentRequest& request, const Abandoned& abandoned) {
  device::v1::CompletePaymentResponse response;
  const AgentState& state = state_.state();
  if (!open_.Is(request.payment_id())) {
    if (!open_.IsLastClosed(request.payment_id())) return PaymentNotOpen(request.payment_id());
    const ClosedPayment& closed = state.last_closed();
    if (closed.has_receipt()) *response.mutable_receipt() = closed.receipt();
    if (closed.has_decline()) *response.mutable_decline() = closed.decline();
    if (!closed.abandoned()) return response;
    return absl::FailedPreconditionError(
        absl::StrCat("payment ", request.payment_id(), " was abandoned"));
  }
  if (!state.open_payment().has_confirmation()) {
    return absl::FailedPreconditionError(
        absl::StrCat("payment ", request.payment_id(), " has not been confirmed yet"));
  }
  SIGNET_RETURN_IF_ERROR(module_.Unlock({UnlockApproval(), abandoned}));
  SIGNET_ASSIGN_OR_RETURN(const sealing::OpenedMessage opened,
                          OpenPaymentAnswer(request.answer(), sealing::v1::MESSAGE_TYPE_RECEIPT));
  if (opened.header.type == sealing::v1::MESSAGE_TYPE_DECLINE) {
    SIGNET_ASSIGN_OR_RETURN(*response.mutable_decline(),
                            CloseDeclined(opened, state.open_payment().confirmation().hash()));
    return response;
  }
  SIGNET_ASSIGN_OR_RETURN(KeyRing* const keys, module_.Keys());
  SIGNET_ASSIGN_OR_RETURN(*response.mutable_receipt(), VerifiedReceipt(*keys, opened));
  SIGNET_RETURN_IF_ERROR(ClosePaid(response.receipt()));
  return response;
}

}  // namespace signet::hsm_agent
