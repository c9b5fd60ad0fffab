// A batch's new and changed payments, written as columns.
#pragma once

#include "absl/status/status.h"
#include "pqxx/pqxx"
#include "services/payment_platform/domain/working_set.h"

namespace signet::payment_platform {

// INTERNAL where a payment to be changed is gone. Throws what pqxx throws.
absl::Status WritePayments(pqxx::transaction_base& transaction, const WorkingSet& ledger);

}  // namespace signet::payment_platform
