// A batch's new and changed payments, as parameters: rows of the types of migration 0002.
#pragma once

#include "services/payment_platform/domain/working_set.h"
#include "services/payment_platform/store/postgres/parameters.h"

namespace signet::payment_platform {

RowsParameter NewPaymentRows(const WorkingSet& ledger);         // new_payment
RowsParameter PaymentCompletionRows(const WorkingSet& ledger);  // payment_completion

}  // namespace signet::payment_platform
