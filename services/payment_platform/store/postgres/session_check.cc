#include "services/payment_platform/store/postgres/session_check.h"

#include <libpq-fe.h>

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/payment_platform/store/postgres/failure.h"

namespace signet::payment_platform {

namespace {

constexpr char kPid[] = "SELECT pg_backend_pid()";
constexpr char kSettings[] =
    "SELECT pg_is_in_recovery(), current_setting('transaction_read_only'),"
    " current_setting('synchronous_commit'), current_setting('fsync'),"
    " current_setting('full_page_writes'), pg_backend_pid()";
// Without pg_read_all_stats a role sees that there are standbys, and no more of them.
constexpr char kStandbys[] =
    "SELECT current_setting('synchronous_standby_names') <> '',"
    " count(*) FILTER (WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')) > 0,"
    " count(*) FILTER (WHERE state IS NULL) > 0, current_user FROM pg_stat_replication";
constexpr char kSchemaVersion[] = "SELECT coalesce(max(version), 0) FROM schema_migration";
constexpr char kPrivileges[] =
    "SELECT bool_and(has_table_privilege(t, 'SELECT') AND has_table_privilege(t, p))"
    " FROM (VALUES ('account', 'UPDATE'), ('device', 'UPDATE'), ('payment', 'INSERT'),"
    " ('payment', 'UPDATE'), ('entry', 'INSERT'), ('journal', 'INSERT')) AS needed (t, p)";

// A pooler that has so many free sessions for a moment is given the benefit of the doubt: the
// monitor looks again.
constexpr int kHolders = 3;
constexpr std::chrono::milliseconds kHolderWait{2000};

absl::Status Shared() {
  return Unfit(
      Need::kSession,
      absl::FailedPreconditionError(
          "a pooler shares the database's sessions among its clients, as PgBouncer does with "
          "pool_mode = transaction: the platform's locks, settings and prepared statements belong "
          "to a session; set pool_mode = session for this database, or connect to Postgres "
          "itself (docs/operations.md, Poolers)"));
}

bool IsTrue(const std::string& field) { return field == "t"; }

absl::Status CheckWritable(const std::vector<std::string>& settings) {
  if (IsTrue(settings[0])) {
    return Unfit(Need::kWritable,
                 absl::UnavailableError("the database server is a standby (in recovery), which "
                                        "books no payment; promote it, or name the primary"));
  }
  if (settings[1] == "off") return absl::OkStatus();
  return Unfit(Need::kWritable,
               absl::UnavailableError("the database server is read-only "
                                      "(default_transaction_read_only=on); set it to off, or name "
                                      "a server that can be written"));
}

absl::Status CheckDurability(const std::vector<std::string>& settings) {
  const std::string& commit = settings[2];
  if ((commit == "on" || commit == "remote_apply") && settings[3] == "on" && settings[4] == "on") {
    return absl::OkStatus();
  }
  return Unfit(Need::kDurability,
               absl::FailedPreconditionError(absl::StrCat(
                   "the database can lose commits it has acknowledged (synchronous_commit=", commit,
                   ", fsync=", settings[3], ", full_page_writes=", settings[4],
                   "): set all of them to on in postgresql.conf, then start again")));
}

absl::Status CheckStandby(Session& session) {
  const auto standbys = session.Row(kStandbys);
  if (!standbys.ok()) return standbys.status();
  const auto missing = [](const std::string& why) {
    return Unfit(Need::kStandby, absl::UnavailableError(why));
  };
  if (!IsTrue((*standbys)[0])) {
    return missing(
        "synchronous_standby_names is empty, so that a commit is on one machine only; name the "
        "standbys there, or leave out --require-synchronous-standby");
  }
  if (IsTrue((*standbys)[1])) return absl::OkStatus();
  if (IsTrue((*standbys)[2])) {
    return missing("the database's user may not see its standbys: GRANT pg_read_all_stats TO " +
                   (*standbys)[3]);
  }
  return missing(
      "no synchronous standby is connected, so that commits would wait for ever; bring one back "
      "(pg_stat_replication, synchronous_standby_names)");
}

}  // namespace

absl::Status CheckOwnsItsSession(Session& session, const ServerParameters& server) {
  // A pooler answers with a number of its own, Postgres with that of the process.
  if (PQbackendPID(session.handle()) == session.backend_pid()) return absl::OkStatus();
  const std::string own = absl::StrCat(session.backend_pid());
  std::vector<std::unique_ptr<Session>> holders;
  for (int i = 0; i < kHolders; ++i) {
    auto holder = Session::Connect(server);
    if (!holder.ok()) return i == 0 ? holder.status() : absl::OkStatus();
    if (!(*holder)->Begin("BEGIN").ok()) return Shared();  // not even a transaction is its own
    const auto other = (*holder)->Row(kPid);
    if (!other.ok()) return other.status();
    if (other->front() == own) return Shared();
    // With a transaction of its own, the holder has this process for itself; have we ours?
    const auto again = session.Row(kPid, kHolderWait);
    if (!again.ok() || again->front() != own) return Shared();
    holders.push_back(*std::move(holder));
  }
  return absl::OkStatus();
}

absl::Status CheckServer(Session& session, bool require_synchronous_standby) {
  const auto settings = session.Row(kSettings);
  if (!settings.ok()) return settings.status();
  if ((*settings)[5] != absl::StrCat(session.backend_pid())) return Shared();
  if (absl::Status writable = CheckWritable(*settings); !writable.ok()) return writable;
  if (absl::Status durable = CheckDurability(*settings); !durable.ok()) return durable;
  return require_synchronous_standby ? CheckStandby(session) : absl::OkStatus();
}

absl::Status CheckSchema(Session& session, int version) {
  const auto wrong = [](const std::string& why) {
    return Unfit(Need::kSchema,
                 absl::UnavailableError(why + "; run `signet-platform migrate` as the owner of the "
                                              "tables, then deploy/postgres/restrict.sql"));
  };
  const auto applied = session.Row(kSchemaVersion);
  if (!applied.ok()) {
    if (!session.usable()) return applied.status();
    return wrong("the database's schema cannot be read: " +
                 std::string(applied.status().message()));
  }
  int found = 0;
  if (!absl::SimpleAtoi(applied->front(), &found) || found < version) {
    return wrong(absl::StrCat("the database's schema has version ", found, ", this program needs ",
                              version));
  }
  const auto may_write = session.Row(kPrivileges);
  if (!may_write.ok()) return may_write.status();
  if (IsTrue(may_write->front())) return absl::OkStatus();
  return wrong("the database's user may not write the ledger");
}

}  // namespace signet::payment_platform
