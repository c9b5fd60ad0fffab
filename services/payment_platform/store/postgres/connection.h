// One connection to Postgres: opened on first use, thrown away once it is dead or its server unfit,
// opened anew for the next transaction. Not thread-safe: one thread uses it at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "pqxx/pqxx"
#include "services/payment_platform/store/postgres/commit_watch.h"
#include "services/payment_platform/store/postgres/failure.h"
#include "services/payment_platform/store/postgres/pipeline.h"
#include "services/payment_platform/store/postgres/server_list.h"
#include "services/payment_platform/store/postgres/session.h"

namespace signet::payment_platform {

// Runs a statement as prepared. Arguments: integers, std::string (text), pqxx::binarystring
// (bytea), nullptr (NULL). pqxx's exceptions pass through to Connection::Run, which translates
// them.
template <typename... Args>
pqxx::result Execute(pqxx::transaction_base& transaction, const Statement& statement,
                     Args&&... args) {
  transaction.conn().prepare(statement.name, statement.sql);  // a no-op but the first time
  return transaction.exec_prepared(statement.name, std::forward<Args>(args)...);
}

// The least that makes a commit write, flush and wait for the synchronous standby.
inline constexpr Statement kLeastWrite{"least_write",
                                       "SELECT pg_logical_emit_message(true, 'signet', ''::text)"};

// What a transaction does. An error rolls it back and is returned as it is. It may throw what pqxx
// throws. It can be run more than once: it sets its results anew each time.
using TransactionFn = std::function<absl::Status(pqxx::transaction_base&)>;
// The same, of a transaction whose statements share round trips.
using PipelineFn = std::function<absl::Status(Pipeline&)>;
// Runs outside of a transaction on each new connection, e.g. to take a session's advisory lock.
using SessionFn = std::function<absl::Status(pqxx::connection_base&)>;

// INVALID_ARGUMENT, with libpq's words, where libpq cannot read it. Connects to nothing.
absl::Status CheckConnectionString(const std::string& connection_string);

// Copies share the server list. What is pointed to outlives every connection.
struct ConnectionOptions {
  ConnectionOptions(const std::string& connection_string)  // NOLINT: as if it were one
      : servers(std::make_shared<ServerList>(connection_string)) {}
  std::shared_ptr<ServerList> servers;
  std::chrono::milliseconds commit_wait{8000};
  bool require_synchronous_standby = false;
  CommitWatch* commits = nullptr;
};

class Connection {
 public:
  explicit Connection(ConnectionOptions options, SessionFn session = nullptr);
  ~Connection();

  // One transaction (READ COMMITTED), run once and committed.
  //   UNAVAILABLE         no server that can be written, lost before the commit, or a timeout:
  //                       nothing was changed
  //   UNAVAILABLE + IsOutcomeUnknown()  it may have been committed or not
  //   ABORTED, ALREADY_EXISTS, FAILED_PRECONDITION, INTERNAL  as FromSqlstate
  absl::Status Run(const TransactionFn& work);
  // The same without write access, on one snapshot (REPEATABLE READ).
  absl::Status RunReadOnly(const TransactionFn& work);
  // As Run. BEGIN goes with what the work sends first.
  absl::Status RunPipelined(const PipelineFn& work);

  // Connects now, where it is not connected yet, to the first server that could book a payment.
  // Else what the one that came nearest to it lacks.
  absl::Status EnsureOpen();
  // The same, and looks at the server and the ledger's tables once more.
  absl::Status Check(int schema_version);
  // Commits next to nothing, and waits for it as for any commit.
  absl::Status TryCommit();
  void Close();

 private:
  absl::Status RunInPqxx(const char* begin, const TransactionFn& work);
  absl::Status OpenAt(uint64_t choice);
  // Commits what was done, else rolls back.
  absl::Status Finish(absl::Status done);
  // Closes the session, leaves the server, where the status says so.
  absl::Status End(absl::Status status);

  const ConnectionOptions options_;
  const SessionFn on_open_;
  std::unique_ptr<Session> session_;
  uint64_t choice_ = 0;  // of the server list, when the session was opened
};

}  // namespace signet::payment_platform
