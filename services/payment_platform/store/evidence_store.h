// Reads what devices have signed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/payment_platform/domain/payment.h"
#include "services/payment_platform/store/postgres/database.h"

namespace signet::payment_platform {

struct StoredEvidence {
  PaymentId id;
  payments::v1::PaymentState state = payments::v1::PAYMENT_STATE_UNSPECIFIED;
  int64_t created_at_unix_ms = 0;
  Evidence instruction, confirmation;  // without their hashes; confirmation: empty where none came
  std::string certificate_der;         // of the device; empty where none is stored
};

// In the order of their IDs, those above `after`. Ends early where their size exceeds max_bytes,
// but holds one at least where there is one.
absl::StatusOr<std::vector<StoredEvidence>> ListEvidence(Database& database, PaymentId after,
                                                         size_t limit, size_t max_bytes);

}  // namespace signet::payment_platform
