#include "services/payment_platform/domain/answers.h"

#include "libs/digests/digests.h"

namespace signet::payment_platform {

payments::v1::Money MoneyOf(const std::string& currency_code, int64_t amount_minor) {
  payments::v1::Money money;
  money.set_currency_code(currency_code);
  money.set_amount_minor(amount_minor);
  return money;
}

Answer AuthorizationAnswer(const Payment& payment) {
  payments::v1::PaymentAuthorization body;
  body.set_instruction_hash(payment.instruction.hash);
  body.set_payment_id(FormatPaymentId(payment.id));
  *body.mutable_amount() = MoneyOf(payment.currency_code, payment.amount_minor);
  body.set_payee(payment.payee_handle);
  body.set_payee_name(payment.payee_name);
  body.set_authorized_at_unix_ms(payment.created_at_unix_ms);
  body.set_expires_at_unix_ms(payment.expires_at_unix_ms);
  return {sealing::v1::MESSAGE_TYPE_PAYMENT_AUTHORIZATION, body.SerializeAsString()};
}

Answer ReceiptAnswer(const Payment& payment, const Account& payer) {
  payments::v1::Receipt body;
  body.set_payment_id(FormatPaymentId(payment.id));
  body.set_instruction_hash(payment.instruction.hash);
  body.set_authorization_hash(AuthorizationDigest(payment.answer.body));
  *body.mutable_amount() = MoneyOf(payment.currency_code, payment.amount_minor);
  body.set_payer(payer.handle);
  body.set_payer_name(payer.name);
  body.set_payee(payment.payee_handle);
  body.set_payee_name(payment.payee_name);
  body.set_reference(payment.reference);
  body.set_completed_at_unix_ms(payment.completed_at_unix_ms);
  return {sealing::v1::MESSAGE_TYPE_RECEIPT, body.SerializeAsString()};
}

Answer DeclineAnswer(const std::string& request_hash, const std::string& payment_id,
                     payments::v1::DeclineReason reason, int64_t now_ms) {
  payments::v1::Decline body;
  body.set_request_hash(request_hash);
  body.set_payment_id(payment_id);
  body.set_reason(reason);
  body.set_declined_at_unix_ms(now_ms);
  return {sealing::v1::MESSAGE_TYPE_DECLINE, body.SerializeAsString()};
}

Answer QueryAnswer(const payments::v1::QueryResult& result) {
  return {sealing::v1::MESSAGE_TYPE_QUERY_RESULT, result.SerializeAsString()};
}

}  // namespace signet::payment_platform
