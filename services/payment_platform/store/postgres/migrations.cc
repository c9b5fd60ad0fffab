#include "services/payment_platform/store/postgres/migrations.h"

#include <algorithm>

#include "libs/base/hex.h"
#include "libs/openssl/digest.h"

namespace signet::payment_platform {

namespace {

// "sgnM": of this program's migrations alone.
constexpr char kLock[] = "SELECT pg_advisory_xact_lock(1936158285)";
constexpr char kLongStatements[] =
    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'";
constexpr char kTableExists[] = "SELECT to_regclass('schema_migration') IS NOT NULL";
constexpr char kCreateTable[] =
    "CREATE TABLE schema_migration ("
    " version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT now())";
constexpr char kApplied[] = "SELECT version, name, checksum FROM schema_migration ORDER BY version";
constexpr char kRecord[] =
    "INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)";

std::string Checksum(const Migration& migration) { return ToHex(openssl::Sha256(migration.sql)); }

// What both know must be the same. What the database has besides was added by a newer program.
absl::Status CheckApplied(const pqxx::result& applied, const std::vector<Migration>& migrations) {
  const size_t both = std::min<size_t>(applied.size(), migrations.size());
  for (size_t i = 0; i < both; ++i) {
    const auto row = applied[static_cast<pqxx::result::size_type>(i)];
    const Migration& known = migrations[i];
    if (row["version"].as<int>() == known.version &&
        row["checksum"].as<std::string>() == Checksum(known)) {
      continue;
    }
    return absl::FailedPreconditionError(
        "migration " + row["name"].as<std::string>() +
        " of the database differs from this program's " + known.name +
        ": a migration never changes once applied; use the program it was made with, or restore "
        "the file and add a new migration");
  }
  return absl::OkStatus();
}

absl::Status Apply(pqxx::transaction_base& transaction, const std::vector<Migration>& migrations,
                   int& version) {
  transaction.exec(kLongStatements);
  transaction.exec(kLock);
  // A role that may change nothing of the schema can serve one that is up to date.
  if (!transaction.exec1(kTableExists)[0].as<bool>()) transaction.exec(kCreateTable);
  const pqxx::result applied = transaction.exec(kApplied);
  if (absl::Status status = CheckApplied(applied, migrations); !status.ok()) return status;
  for (size_t i = applied.size(); i < migrations.size(); ++i) {
    transaction.exec(migrations[i].sql);
    transaction.exec_params(kRecord, migrations[i].version, migrations[i].name,
                            Checksum(migrations[i]));
  }
  version = static_cast<int>(std::max<size_t>(applied.size(), migrations.size()));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int> Migrate(Connection& connection, const std::vector<Migration>& migrations) {
  int version = 0;
  absl::Status status = connection.Run(
      [&](pqxx::transaction_base& transaction) { return Apply(transaction, migrations, version); });
  if (!status.ok()) return status;
  return version;
}

}  // namespace signet::payment_platform
