// A query: answered from the books, never stored; its counter is used up.
#include "libs/digests/digests.h"
#include "services/payment_platform/domain/answers.h"
#include "services/payment_platform/domain/decide.h"

namespace signet::payment_platform {

namespace {

using payments::v1::DeclineReason;

void Summarize(const Account& account, payments::v1::AccountSummary& summary) {
  const std::string& currency = account.currency_code;
  summary.set_handle(account.handle);
  summary.set_name(account.name);
  *summary.mutable_posted() = MoneyOf(currency, account.posted_minor);
  *summary.mutable_reserved() = MoneyOf(currency, account.reserved_minor);
  *summary.mutable_available() = MoneyOf(currency, account.AvailableMinor());
  *summary.mutable_payment_limit() = MoneyOf(currency, account.payment_limit_minor);
}

// A payer sees what it instructed; a payee what was not declined.
bool MaySee(const Account& viewer, const Payment& payment) {
  if (payment.payer_account_id == viewer.id) return true;
  return payment.payee_account_id == viewer.id &&
         payment.state != payments::v1::PAYMENT_STATE_DECLINED;
}

// Null: there is none, or none for this viewer.
const Payment* FindVisible(const std::string& payment_id, const Account& viewer,
                           const WorkingSet& ledger) {
  const absl::StatusOr<PaymentId> id = ParsePaymentId(payment_id);
  const Payment* payment = id.ok() ? ledger.FindPayment(*id) : nullptr;
  return payment != nullptr && MaySee(viewer, *payment) ? payment : nullptr;
}

DeclineReason Summarize(const payments::v1::PaymentQuery& query, const Account& viewer,
                        const WorkingSet& ledger, payments::v1::PaymentSummary& summary) {
  const Payment* payment = FindVisible(query.payment_id(), viewer, ledger);
  if (payment == nullptr) return payments::v1::DECLINE_REASON_NOT_FOUND;
  const Account* payer = ledger.FindAccount(payment->payer_account_id);
  summary.set_payment_id(FormatPaymentId(payment->id));
  summary.set_state(payment->state);
  *summary.mutable_amount() = MoneyOf(payment->currency_code, payment->amount_minor);
  if (payer != nullptr) summary.set_payer(payer->handle);
  summary.set_payee(payment->payee_handle);
  summary.set_payee_name(payment->payee_name);
  summary.set_reference(payment->reference);
  summary.set_created_at_unix_ms(payment->created_at_unix_ms);
  summary.set_completed_at_unix_ms(payment->completed_at_unix_ms);
  summary.set_decline_reason(payment->decline_reason);
  if (payment->state == payments::v1::PAYMENT_STATE_AUTHORIZED) {
    summary.set_expires_at_unix_ms(payment->expires_at_unix_ms);
  }
  return payments::v1::DECLINE_REASON_UNSPECIFIED;
}

DeclineReason Summarize(const payments::v1::PayeeQuery& query, const WorkingSet& ledger,
                        payments::v1::PayeeSummary& summary) {
  const Account* payee = ledger.FindAccount(query.payee());
  if (payee == nullptr || payee->kind == AccountKind::kSystem) {
    return payments::v1::DECLINE_REASON_PAYEE_UNKNOWN;
  }
  summary.set_handle(payee->handle);
  summary.set_name(payee->name);
  summary.set_currency_code(payee->currency_code);
  return payments::v1::DECLINE_REASON_UNSPECIFIED;
}

DeclineReason Fill(const payments::v1::Query& query, const Account& viewer,
                   const WorkingSet& ledger, payments::v1::QueryResult& result) {
  switch (query.kind_case()) {
    case payments::v1::Query::kPayment:
      return Summarize(query.payment(), viewer, ledger, *result.mutable_payment());
    case payments::v1::Query::kPayee:
      return Summarize(query.payee(), ledger, *result.mutable_payee());
    default:
      Summarize(viewer, *result.mutable_account());
      return payments::v1::DECLINE_REASON_UNSPECIFIED;
  }
}

// The receipt as it was stored: the crypto service signs it as it signed the first copy.
DeclineReason FindReceipt(const payments::v1::ReceiptQuery& query, const Account& viewer,
                          const WorkingSet& ledger, Answer& answer) {
  const Payment* payment = FindVisible(query.payment_id(), viewer, ledger);
  if (payment == nullptr || payment->state != payments::v1::PAYMENT_STATE_CONFIRMED) {
    return payments::v1::DECLINE_REASON_NOT_FOUND;
  }
  answer = payment->outcome;
  return payments::v1::DECLINE_REASON_UNSPECIFIED;
}

// The answer, or why there is none.
DeclineReason Find(const payments::v1::Query& query, const std::string& request_hash,
                   const Device& device, const WorkingSet& ledger, Answer& answer) {
  if (device.state != DeviceState::kActive) return payments::v1::DECLINE_REASON_DEVICE_BLOCKED;
  const Account& viewer = *ledger.FindAccount(device.account_id);
  if (query.has_receipt()) return FindReceipt(query.receipt(), viewer, ledger, answer);
  payments::v1::QueryResult result;
  result.set_request_hash(request_hash);
  const DeclineReason reason = Fill(query, viewer, ledger, result);
  answer = QueryAnswer(result);
  return reason;
}

}  // namespace

Outcome AnswerQuery(const Message& message, const Decision& decision) {
  const Device* device = decision.ledger.FindDevice(message.id.device_id);
  if (device == nullptr || device->state == DeviceState::kPending) {
    return Refused(Rejection::kUnknownDevice);
  }
  if (decision.ledger.FindPayment(message.id) != nullptr) {
    return Refused(Rejection::kConflictingCounter);
  }
  if (message.id.counter <= device->highest_counter) return Refused(Rejection::kStaleCounter);
  payments::v1::Query query;
  if (!query.ParseFromString(message.body) ||
      query.kind_case() == payments::v1::Query::KIND_NOT_SET) {
    return Refused(Rejection::kMalformed);
  }
  const std::string request_hash = MessageDigest(message.header, message.body);
  Outcome outcome;
  outcome.decline_reason = Find(query, request_hash, *device, decision.ledger, outcome.answer);
  if (outcome.decline_reason != payments::v1::DECLINE_REASON_UNSPECIFIED) {
    outcome.answer = DeclineAnswer(request_hash, "", outcome.decline_reason, decision.now_ms);
  }
  decision.ledger.RaiseCounter(message.id);
  return outcome;
}

}  // namespace signet::payment_platform
