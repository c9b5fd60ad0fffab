// A payment confirmation: the reserved money is posted, or it came too late. Either is for ever.
#include <utility>

#include "libs/digests/digests.h"
#include "services/payment_platform/domain/answers.h"
#include "services/payment_platform/domain/decide.h"

namespace signet::payment_platform {

namespace {

using payments::v1::DeclineReason;

// It must repeat what was instructed and what was answered.
bool Matches(const payments::v1::PaymentConfirmation& confirmation, const Payment& payment) {
  return confirmation.instruction_hash() == payment.instruction.hash &&
         confirmation.authorization_hash() == AuthorizationDigest(payment.answer.body);
}

// Why an authorized payment is not completed; UNSPECIFIED: nothing stands against it. Whoever was
// blocked since the authorization does not move money.
DeclineReason Objection(const Payment& payment, const Device& device, const Account& payer,
                        const Account& payee, int64_t now_ms) {
  if (IsDue(payment, now_ms)) return payments::v1::DECLINE_REASON_EXPIRED;
  if (device.state != DeviceState::kActive) return payments::v1::DECLINE_REASON_DEVICE_BLOCKED;
  if (payer.state != AccountState::kActive) return payments::v1::DECLINE_REASON_ACCOUNT_BLOCKED;
  if (payee.state != AccountState::kActive) return payments::v1::DECLINE_REASON_PAYEE_BLOCKED;
  return payments::v1::DECLINE_REASON_UNSPECIFIED;
}

// False where a balance would leave int64: nothing is done.
bool Complete(Payment& payment, const Account& payer, const Decision& decision) {
  if (!decision.ledger.Post(payment.payer_account_id, payment.payee_account_id,
                            payment.amount_minor, payment.id)) {
    return false;
  }
  decision.ledger.AddReserved(payment.payer_account_id, -payment.amount_minor);
  payment.state = payments::v1::PAYMENT_STATE_CONFIRMED;
  payment.completed_at_unix_ms = decision.now_ms;
  payment.outcome = ReceiptAnswer(payment, payer);
  auto& event = *decision.ledger.AddEvent(decision.now_ms).mutable_payment_confirmed();
  event.set_device_id(payment.id.device_id);
  event.set_counter(payment.id.counter);
  event.set_confirmation_hash(payment.confirmation.hash);
  return true;
}

// The payment's outcome is stored with the confirmation that asked for it.
Outcome Settle(Payment payment, const Decision& decision) {
  Outcome outcome;
  if (payment.state == payments::v1::PAYMENT_STATE_AUTHORIZED) {
    const Device& device = *decision.ledger.FindDevice(payment.id.device_id);
    const Account& payer = *decision.ledger.FindAccount(payment.payer_account_id);
    const Account& payee = *decision.ledger.FindAccount(payment.payee_account_id);
    const DeclineReason reason = Objection(payment, device, payer, payee, decision.now_ms);
    if (reason != payments::v1::DECLINE_REASON_UNSPECIFIED) {
      ReleaseExpired(payment, reason, decision);
    } else if (!Complete(payment, payer, decision)) {
      outcome.status = absl::InternalError("the payee's balance would overflow");
      return outcome;
    }
    outcome.payment_state = payment.state;
  }
  if (outcome.payment_state == payments::v1::PAYMENT_STATE_CONFIRMED) {
    outcome.currency_code = payment.currency_code;
    outcome.moved_minor = payment.amount_minor;
  }
  if (payment.state == payments::v1::PAYMENT_STATE_EXPIRED) {
    payment.outcome = DeclineAnswer(payment.confirmation.hash, FormatPaymentId(payment.id),
                                    payment.decline_reason, decision.now_ms);
    outcome.decline_reason = payment.decline_reason;
  }
  outcome.answer = payment.outcome;
  decision.ledger.Update(payment);
  return outcome;
}

}  // namespace

Outcome Confirm(const Message& message, const Decision& decision) {
  const Device* device = decision.ledger.FindDevice(message.id.device_id);
  if (device == nullptr || device->state == DeviceState::kPending) {
    return Refused(Rejection::kUnknownDevice);
  }
  const Payment* known = decision.ledger.FindPayment(message.id);
  if (known == nullptr) {
    return Refused(message.id.counter <= device->highest_counter ? Rejection::kStaleCounter
                                                                 : Rejection::kUnknownPayment);
  }
  std::string hash = MessageDigest(message.header, message.body);
  if (!known->confirmation.hash.empty()) {
    return known->confirmation.hash == hash ? Replayed(known->outcome)
                                            : Refused(Rejection::kConflictingCounter);
  }
  payments::v1::PaymentConfirmation confirmation;
  if (!confirmation.ParseFromString(message.body)) return Refused(Rejection::kMalformed);
  if (known->state == payments::v1::PAYMENT_STATE_DECLINED || !Matches(confirmation, *known)) {
    return Refused(Rejection::kConflictingCounter);
  }
  Payment payment = *known;
  payment.confirmation = {std::move(hash), message.header, message.body, message.signature};
  return Settle(std::move(payment), decision);
}

}  // namespace signet::payment_platform
