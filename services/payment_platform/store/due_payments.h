// The expiry sweeper's queue of work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/ids.h"
#include "services/payment_platform/store/postgres/database.h"

namespace signet::payment_platform {

// Authorized payments whose time is over, the longest waiting first.
absl::StatusOr<std::vector<PaymentId>> FindDuePayments(Database& database, int64_t now_unix_ms,
                                                       size_t limit);

}  // namespace signet::payment_platform
