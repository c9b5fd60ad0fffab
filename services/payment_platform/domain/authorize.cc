// A payment instruction: the money is reserved, or the payment is declined, for ever.
#include <utility>

#include "libs/digests/digests.h"
#include "services/payment_platform/domain/answers.h"
#include "services/payment_platform/domain/decide.h"
#include "services/payment_platform/domain/text.h"

namespace signet::payment_platform {

namespace {

using payments::v1::DeclineReason;
using payments::v1::PaymentInstruction;

constexpr size_t kMaxReferenceBytes = 140;  // payments/v1/payment.proto

bool IsWellFormed(const PaymentInstruction& instruction) {
  return instruction.amount().amount_minor() > 0 &&
         IsCurrencyCode(instruction.amount().currency_code()) &&
         ValidateHandle(instruction.payee()).ok() && IsName(instruction.payee_name()) &&
         IsPrintable(instruction.reference()) &&
         instruction.reference().size() <= kMaxReferenceBytes;
}

// What stands against it; UNSPECIFIED: nothing. A blocked payer learns nothing about payees.
DeclineReason Objection(const PaymentInstruction& instruction, const Device& device,
                        const Account& payer, const Account* payee) {
  if (!IsWellFormed(instruction)) return payments::v1::DECLINE_REASON_INVALID_INSTRUCTION;
  if (device.state != DeviceState::kActive) return payments::v1::DECLINE_REASON_DEVICE_BLOCKED;
  if (payer.state != AccountState::kActive) return payments::v1::DECLINE_REASON_ACCOUNT_BLOCKED;
  if (payee == nullptr || payee->kind == AccountKind::kSystem) {
    return payments::v1::DECLINE_REASON_PAYEE_UNKNOWN;
  }
  if (payee->id == payer.id) return payments::v1::DECLINE_REASON_PAYEE_IS_PAYER;
  if (payee->state != AccountState::kActive) return payments::v1::DECLINE_REASON_PAYEE_BLOCKED;
  if (payee->name != instruction.payee_name()) {
    return payments::v1::DECLINE_REASON_PAYEE_NAME_MISMATCH;
  }
  const std::string& currency = instruction.amount().currency_code();
  if (payer.currency_code != currency || payee->currency_code != currency) {
    return payments::v1::DECLINE_REASON_CURRENCY_MISMATCH;
  }
  const int64_t amount = instruction.amount().amount_minor();
  if (amount > payer.payment_limit_minor) return payments::v1::DECLINE_REASON_LIMIT_EXCEEDED;
  if (!payer.Covers(amount)) return payments::v1::DECLINE_REASON_INSUFFICIENT_FUNDS;
  return payments::v1::DECLINE_REASON_UNSPECIFIED;
}

Payment NewPayment(const Message& message, std::string hash, const PaymentInstruction& instruction,
                   const Account& payer, const Account* payee, int64_t now_ms) {
  Payment payment;
  payment.id = message.id;
  payment.payer_account_id = payer.id;
  // Malformed text is kept as evidence only, in the body.
  if (IsWellFormed(instruction)) {
    if (payee != nullptr) payment.payee_account_id = payee->id;
    payment.payee_handle = instruction.payee();
    payment.payee_name = instruction.payee_name();
    payment.reference = instruction.reference();
    payment.currency_code = instruction.amount().currency_code();
    payment.amount_minor = instruction.amount().amount_minor();
  }
  payment.instruction = {std::move(hash), message.header, message.body, message.signature};
  payment.created_at_unix_ms = now_ms;
  return payment;
}

void Decline(Payment& payment, DeclineReason reason, const Decision& decision) {
  payment.state = payments::v1::PAYMENT_STATE_DECLINED;
  payment.decline_reason = reason;
  payment.completed_at_unix_ms = decision.now_ms;
  payment.answer =
      DeclineAnswer(payment.instruction.hash, FormatPaymentId(payment.id), reason, decision.now_ms);
  auto& event = *decision.ledger.AddEvent(decision.now_ms).mutable_payment_declined();
  event.set_device_id(payment.id.device_id);
  event.set_counter(payment.id.counter);
  event.set_instruction_hash(payment.instruction.hash);
  event.set_reason(reason);
}

void Reserve(Payment& payment, const Decision& decision) {
  payment.state = payments::v1::PAYMENT_STATE_AUTHORIZED;
  payment.expires_at_unix_ms = decision.now_ms + decision.rules.authorization_lifetime_ms;
  payment.answer = AuthorizationAnswer(payment);
  decision.ledger.AddReserved(payment.payer_account_id, payment.amount_minor);
  auto& event = *decision.ledger.AddEvent(decision.now_ms).mutable_payment_authorized();
  event.set_device_id(payment.id.device_id);
  event.set_counter(payment.id.counter);
  event.set_instruction_hash(payment.instruction.hash);
  event.set_payer_account_id(payment.payer_account_id);
  event.set_payee_account_id(payment.payee_account_id);
  event.set_currency_code(payment.currency_code);
  event.set_amount_minor(payment.amount_minor);
}

}  // namespace

Outcome Authorize(const Message& message, const Decision& decision) {
  const Device* device = decision.ledger.FindDevice(message.id.device_id);
  if (device == nullptr || device->state == DeviceState::kPending) {
    return Refused(Rejection::kUnknownDevice);
  }
  std::string hash = MessageDigest(message.header, message.body);
  if (const Payment* known = decision.ledger.FindPayment(message.id); known != nullptr) {
    return known->instruction.hash == hash ? Replayed(known->answer)
                                           : Refused(Rejection::kConflictingCounter);
  }
  if (message.id.counter <= device->highest_counter) return Refused(Rejection::kStaleCounter);
  PaymentInstruction instruction;
  if (!instruction.ParseFromString(message.body)) return Refused(Rejection::kMalformed);

  const Account& payer = *decision.ledger.FindAccount(device->account_id);
  const Account* payee = decision.ledger.FindAccount(instruction.payee());
  const DeclineReason reason = Objection(instruction, *device, payer, payee);
  Payment payment =
      NewPayment(message, std::move(hash), instruction, payer, payee, decision.now_ms);
  if (reason == payments::v1::DECLINE_REASON_UNSPECIFIED) {
    Reserve(payment, decision);
  } else {
    Decline(payment, reason, decision);
  }
  Outcome outcome;
  outcome.answer = payment.answer;
  outcome.payment_state = payment.state;
  outcome.decline_reason = reason;
  decision.ledger.RaiseCounter(message.id);
  decision.ledger.Add(std::move(payment));
  return outcome;
}

}  // namespace signet::payment_platform
