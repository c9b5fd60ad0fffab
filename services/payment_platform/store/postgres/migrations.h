// The database's schema: numbered, immutable, forward-only steps that are built into the binary.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/payment_platform/store/postgres/connection.h"

namespace signet::payment_platform {

struct Migration {
  int version = 0;   // 1, 2, 3, …
  std::string name;  // "0001_ledger"
  std::string sql;
};

// In order. Generated at build time from migrations/*.sql.
const std::vector<Migration>& EmbeddedMigrations();

// Brings the schema up to the last migration, in one transaction under an advisory lock, so that
// any number of replicas may start at once. Answers the schema's version. A schema that is newer
// than this program is left as it is and served: migrations only add, so that a release can be
// rolled back, and old replicas run beside new ones. FAILED_PRECONDITION: an applied migration's
// text differs from this program's.
absl::StatusOr<int> Migrate(Connection& connection, const std::vector<Migration>& migrations);

}  // namespace signet::payment_platform
