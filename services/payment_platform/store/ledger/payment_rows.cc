#include "services/payment_platform/store/ledger/payment_rows.h"

namespace signet::payment_platform {

namespace {

void AddKeyAndState(const Payment& payment, RowsParameter& rows) {
  rows.Add(SqlType::kBigint, int64_t{payment.id.device_id});
  rows.Add(SqlType::kBigint, int64_t{payment.id.counter});
  rows.Add(SqlType::kSmallint, payment.state);
  rows.Add(SqlType::kSmallint, payment.decline_reason);
}

// From payer_account_id to answer_body.
void AddInstruction(const Payment& payment, RowsParameter& rows) {
  rows.Add(SqlType::kBigint, payment.payer_account_id);
  rows.AddOrNull(SqlType::kBigint, payment.payee_account_id == 0
                                       ? std::optional<int64_t>()
                                       : std::optional<int64_t>(payment.payee_account_id));
  rows.Add(SqlType::kText, payment.currency_code);
  rows.Add(SqlType::kBigint, payment.amount_minor);
  rows.Add(SqlType::kText, payment.payee_handle);
  rows.Add(SqlType::kText, payment.payee_name);
  rows.Add(SqlType::kText, payment.reference);
  rows.Add(SqlType::kBytea, payment.instruction.hash);
  rows.Add(SqlType::kBytea, payment.instruction.header);
  rows.Add(SqlType::kBytea, payment.instruction.body);
  rows.Add(SqlType::kBytea, payment.instruction.signature);
  rows.Add(SqlType::kSmallint, payment.answer.type);
  rows.Add(SqlType::kBytea, payment.answer.body);
}

// The confirmation and what came of it. Null where there is none yet.
void AddOutcome(const Payment& payment, RowsParameter& rows) {
  rows.AddOrNull(SqlType::kBytea, payment.confirmation.hash);
  rows.AddOrNull(SqlType::kBytea, payment.confirmation.header);
  rows.AddOrNull(SqlType::kBytea, payment.confirmation.body);
  rows.AddOrNull(SqlType::kBytea, payment.confirmation.signature);
  rows.Add(SqlType::kSmallint, payment.outcome.type);
  rows.AddOrNull(SqlType::kBytea, payment.outcome.body);
}

}  // namespace

RowsParameter NewPaymentRows(const WorkingSet& ledger) {
  RowsParameter rows;
  for (const PaymentId id : ledger.changes().new_payments) {
    const Payment& payment = *ledger.FindPayment(id);
    rows.BeginRow();
    AddKeyAndState(payment, rows);
    AddInstruction(payment, rows);
    AddOutcome(payment, rows);
    rows.Add(SqlType::kBigint, payment.created_at_unix_ms);
    rows.Add(SqlType::kBigint, payment.expires_at_unix_ms);
    rows.Add(SqlType::kBigint, payment.completed_at_unix_ms);
  }
  return rows;
}

RowsParameter PaymentCompletionRows(const WorkingSet& ledger) {
  RowsParameter rows;
  for (const PaymentId id : ledger.changes().updated_payments) {
    const Payment& payment = *ledger.FindPayment(id);
    rows.BeginRow();
    AddKeyAndState(payment, rows);
    AddOutcome(payment, rows);
    rows.Add(SqlType::kBigint, payment.completed_at_unix_ms);
  }
  return rows;
}

}  // namespace signet::payment_platform
