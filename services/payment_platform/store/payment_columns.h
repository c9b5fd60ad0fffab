// A payment's columns, and how they are read. Evidence is in others: mostly its hash is enough.
#pragma once

#include "services/payment_platform/domain/payment.h"

namespace signet::payment_platform {

#define SIGNET_PAYMENT_COLUMNS                                                                 \
  "p.device_id, p.counter, p.state, p.decline_reason, p.payer_account_id, p.payee_account_id," \
  " p.currency_code, p.amount_minor, p.payee_handle, p.payee_name, p.reference,"               \
  " p.instruction_hash, p.answer_type, p.answer_body, p.confirmation_hash, p.outcome_type,"    \
  " p.outcome_body, p.created_at_unix_ms, p.expires_at_unix_ms, p.completed_at_unix_ms"

template <typename Fields>
Answer ReadAnswer(Fields& field) {
  Answer answer;
  answer.type = field.template Next<sealing::v1::MessageType>();
  answer.body = field.NextBytes();
  return answer;
}

// Fields: FieldReader of a pipeline, or RowReader of libpqxx. Leaves it behind them.
template <typename Fields>
Payment ReadPayment(Fields& field) {
  Payment payment;
  payment.id.device_id = field.template Next<uint32_t>();
  payment.id.counter = field.template Next<uint32_t>();
  payment.state = field.template Next<payments::v1::PaymentState>();
  payment.decline_reason = field.template Next<payments::v1::DeclineReason>();
  payment.payer_account_id = field.Next();
  payment.payee_account_id = field.Next();
  payment.currency_code = field.NextBytes();
  payment.amount_minor = field.Next();
  payment.payee_handle = field.NextBytes();
  payment.payee_name = field.NextBytes();
  payment.reference = field.NextBytes();
  payment.instruction.hash = field.NextBytes();
  payment.answer = ReadAnswer(field);
  payment.confirmation.hash = field.NextBytes();
  payment.outcome = ReadAnswer(field);
  payment.created_at_unix_ms = field.Next();
  payment.expires_at_unix_ms = field.Next();
  payment.completed_at_unix_ms = field.Next();
  return payment;
}

}  // namespace signet::payment_platform
