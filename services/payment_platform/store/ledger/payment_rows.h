// A batch's new and changed payments, as parameters.
#pragma once

#include "services/payment_platform/domain/working_set.h"
#include "services/payment_platform/store/postgres/parameters.h"

namespace signet::payment_platform {

RowsParameter NewPaymentRows(const WorkingSet& ledger);
// What an update leaves as it is, is NULL.
RowsParameter UpdatedPaymentRows(const WorkingSet& ledger);

}  // namespace signet::payment_platform
