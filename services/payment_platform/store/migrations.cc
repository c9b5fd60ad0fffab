#include "services/payment_platform/store/migrations.h"

#include "libs/base/hex.h"
#include "libs/openssl/digest.h"

namespace signet::payment_platform {

namespace {

// "sgnM": of this program's migrations alone.
constexpr char kLock[] = "SELECT pg_advisory_xact_lock(1936158285)";
constexpr char kLongStatements[] =
    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'";
constexpr char kCreateTable[] =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT now())";
constexpr char kApplied[] = "SELECT version, name, checksum FROM schema_migration ORDER BY version";
constexpr char kRecord[] =
    "INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)";

std::string Checksum(const Migration& migration) { return ToHex(openssl::Sha256(migration.sql)); }

absl::Status CheckApplied(const pqxx::result& applied, const std::vector<Migration>& migrations) {
  if (applied.size() > migrations.size()) {
    return absl::FailedPreconditionError("the database's schema has version " +
                                         std::to_string(applied.size()) + ", this program knows " +
                                         std::to_string(migrations.size()) +
                                         ": start a newer signet-platform");
  }
  for (pqxx::result::size_type i = 0; i < applied.size(); ++i) {
    const Migration& known = migrations[i];
    if (applied[i]["version"].as<int>() == known.version &&
        applied[i]["checksum"].as<std::string>() == Checksum(known)) {
      continue;
    }
    return absl::FailedPreconditionError(
        "migration " + applied[i]["name"].as<std::string>() +
        " of the database differs from this program's " + known.name +
        ": a migration never changes once applied; use the program it was made with, or restore "
        "the file and add a new migration");
  }
  return absl::OkStatus();
}

absl::Status Apply(pqxx::transaction_base& transaction, const std::vector<Migration>& migrations) {
  transaction.exec(kLongStatements);
  transaction.exec(kLock);
  transaction.exec(kCreateTable);
  const pqxx::result applied = transaction.exec(kApplied);
  if (absl::Status status = CheckApplied(applied, migrations); !status.ok()) return status;
  for (size_t i = applied.size(); i < migrations.size(); ++i) {
    transaction.exec(migrations[i].sql);
    transaction.exec_params(kRecord, migrations[i].version, migrations[i].name,
                            Checksum(migrations[i]));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int> Migrate(Connection& connection, const std::vector<Migration>& migrations) {
  absl::Status status = connection.Run(
      [&](pqxx::transaction_base& transaction) { return Apply(transaction, migrations); });
  if (!status.ok()) return status;
  return migrations.empty() ? 0 : migrations.back().version;
}

}  // namespace signet::payment_platform
