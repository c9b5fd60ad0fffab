// An authorization that was not confirmed in time.
#include "services/payment_platform/domain/decide.h"

namespace signet::payment_platform {

void ReleaseExpired(Payment& payment, payments::v1::DeclineReason reason,
                    const Decision& decision) {
  decision.ledger.AddReserved(payment.payer_account_id, -payment.amount_minor);
  payment.state = payments::v1::PAYMENT_STATE_EXPIRED;
  payment.decline_reason = reason;
  payment.completed_at_unix_ms = decision.now_ms;
  auto& event = *decision.ledger.AddEvent(decision.now_ms).mutable_payment_expired();
  event.set_device_id(payment.id.device_id);
  event.set_counter(payment.id.counter);
}

Outcome Expire(const ExpirePayment& command, const Decision& decision) {
  Outcome outcome;
  const Payment* known = decision.ledger.FindPayment(command.id);
  if (known == nullptr) {
    outcome.status =
        absl::NotFoundError("there is no payment " + FormatPaymentId(command.id) + " to expire");
    return outcome;
  }
  if (known->state != payments::v1::PAYMENT_STATE_AUTHORIZED || !IsDue(*known, decision.now_ms)) {
    return outcome;
  }
  Payment payment = *known;
  ReleaseExpired(payment, payments::v1::DECLINE_REASON_EXPIRED, decision);
  outcome.payment_state = payment.state;
  outcome.decline_reason = payment.decline_reason;
  decision.ledger.Update(payment);
  return outcome;
}

}  // namespace signet::payment_platform
