#include "services/payment_platform/store/payment_rows.h"

#include <string>
#include <vector>

#include "services/payment_platform/store/array.h"
#include "services/payment_platform/store/ledger_sql.h"

namespace signet::payment_platform {

namespace {

// The confirmation and what came of it. Null where there is none yet.
void AddCompletion(const Payment& payment, ArrayLiteral* columns) {
  columns[0].AddBytesOrNull(payment.confirmation.hash);
  columns[1].AddBytesOrNull(payment.confirmation.header);
  columns[2].AddBytesOrNull(payment.confirmation.body);
  columns[3].AddBytesOrNull(payment.confirmation.signature);
  columns[4].AddInteger(static_cast<int64_t>(payment.outcome.type));
  columns[5].AddBytesOrNull(payment.outcome.body);
}

void AddNew(const Payment& payment, ArrayLiteral* columns) {
  columns[0].AddInteger(static_cast<int64_t>(payment.id.device_id));
  columns[1].AddInteger(static_cast<int64_t>(payment.id.counter));
  columns[2].AddInteger(static_cast<int64_t>(payment.state));
  columns[3].AddInteger(static_cast<int64_t>(payment.decline_reason));
  columns[4].AddInteger(payment.payer_account_id);
  columns[5].AddInteger(payment.payee_account_id == 0
                            ? std::optional<int64_t>()
                            : std::optional<int64_t>(payment.payee_account_id));
  columns[6].AddText(payment.currency_code);
  columns[7].AddInteger(payment.amount_minor);
  columns[8].AddText(payment.payee_handle);
  columns[9].AddText(payment.payee_name);
  columns[10].AddText(payment.reference);
  columns[11].AddBytes(payment.instruction.hash);
  columns[12].AddBytes(payment.instruction.header);
  columns[13].AddBytes(payment.instruction.body);
  columns[14].AddBytes(payment.instruction.signature);
  columns[15].AddInteger(static_cast<int64_t>(payment.answer.type));
  columns[16].AddBytes(payment.answer.body);
  columns[17].AddInteger(payment.created_at_unix_ms);
  columns[18].AddInteger(payment.expires_at_unix_ms);
  columns[19].AddInteger(payment.completed_at_unix_ms);
  AddCompletion(payment, columns + 20);
}

void AddUpdated(const Payment& payment, ArrayLiteral* columns) {
  columns[0].AddInteger(static_cast<int64_t>(payment.id.device_id));
  columns[1].AddInteger(static_cast<int64_t>(payment.id.counter));
  columns[2].AddInteger(static_cast<int64_t>(payment.state));
  columns[3].AddInteger(static_cast<int64_t>(payment.decline_reason));
  columns[4].AddInteger(payment.completed_at_unix_ms);
  AddCompletion(payment, columns + 5);
}

// One statement for all the payments, a parameter for each column.
pqxx::result WriteColumns(pqxx::transaction_base& transaction, const Statement& statement,
                          const WorkingSet& ledger, const std::set<PaymentId>& ids,
                          size_t column_count, void (*add)(const Payment&, ArrayLiteral*)) {
  std::vector<ArrayLiteral> columns(column_count);
  for (const PaymentId id : ids) add(*ledger.FindPayment(id), columns.data());
  std::vector<std::string> parameters;
  parameters.reserve(column_count);
  for (const ArrayLiteral& column : columns) parameters.push_back(column.text());
  return Execute(transaction, statement, pqxx::prepare::make_dynamic_params(parameters));
}

}  // namespace

absl::Status WritePayments(pqxx::transaction_base& transaction, const WorkingSet& ledger) {
  const Changes& changes = ledger.changes();
  if (!changes.new_payments.empty()) {
    WriteColumns(transaction, ledger_sql::kInsertPayments, ledger, changes.new_payments, 26,
                 AddNew);
  }
  if (changes.updated_payments.empty()) return absl::OkStatus();
  const pqxx::result updated = WriteColumns(transaction, ledger_sql::kUpdatePayments, ledger,
                                            changes.updated_payments, 11, AddUpdated);
  if (updated.affected_rows() == changes.updated_payments.size()) return absl::OkStatus();
  return absl::InternalError("a payment that was read under its device's lock is gone");
}

}  // namespace signet::payment_platform
