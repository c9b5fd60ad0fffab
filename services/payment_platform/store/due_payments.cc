#include "services/payment_platform/store/due_payments.h"

#include "services/payment_platform/store/postgres/fields.h"
#include "signet/payments/v1/query.pb.h"

namespace signet::payment_platform {
namespace {

// By the index on open payments.
constexpr Statement kDuePayments = {
    "due_payments",
    "SELECT device_id, counter FROM payment WHERE state = 1 AND expires_at_unix_ms <= $1"
    " ORDER BY expires_at_unix_ms LIMIT $2"};
static_assert(payments::v1::PAYMENT_STATE_AUTHORIZED == 1);

}  // namespace

absl::StatusOr<std::vector<PaymentId>> FindDuePayments(Database& database, int64_t now_unix_ms,
                                                       size_t limit) {
  std::vector<PaymentId> due;
  const absl::Status status = database.RunReadOnly([&](pqxx::transaction_base& transaction) {
    due.clear();
    for (const auto& row :
         Execute(transaction, kDuePayments, now_unix_ms, static_cast<int64_t>(limit))) {
      due.push_back(PaymentIdOf(row));
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return due;
}

}  // namespace signet::payment_platform
