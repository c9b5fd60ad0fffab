// One connection to Postgres: opened on first use, thrown away once it is dead, opened anew for the
// next transaction. Not thread-safe: one thread uses it at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "pqxx/pqxx"
#include "services/payment_platform/store/postgres/pipeline.h"

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

// What a transaction does. An error rolls it back and is returned as it is. It may throw what pqxx
// throws. It can be run more than once: it sets its results anew each time.
using TransactionFn = std::function<absl::Status(pqxx::transaction_base&)>;
// The same, of a transaction whose statements share round trips.
using PipelineFn = std::function<absl::Status(Pipeline&)>;
// Runs outside of a transaction on each new connection, e.g. to take a session's advisory lock.
using SessionFn = std::function<absl::Status(pqxx::connection_base&)>;

// Adds the timeouts that a connection string leaves out: connecting, statements, locks, idle
// transactions, dead peers. Takes both forms, "host=… dbname=…" and "postgresql://…".
std::string WithTimeouts(const std::string& connection_string);
// INVALID_ARGUMENT, with libpq's words, where libpq cannot read it. Connects to nothing.
absl::Status CheckConnectionString(const std::string& connection_string);

class Connection {
 public:
  explicit Connection(std::string connection_string, SessionFn session = nullptr);
  ~Connection();

  // One transaction (READ COMMITTED), run once and committed.
  //   UNAVAILABLE         no connection, lost before the commit, or a timeout: nothing was changed
  //   UNAVAILABLE + IsOutcomeUnknown()  lost while committing: it may have been done or not
  //   ABORTED             serialization failure or deadlock: nothing was changed, run it again
  //   ALREADY_EXISTS      a unique constraint
  //   FAILED_PRECONDITION another constraint, or the server may lose commits (fsync, …)
  //   INTERNAL            anything else of the database
  absl::Status Run(const TransactionFn& work);
  // The same without write access, on one snapshot (REPEATABLE READ).
  absl::Status RunReadOnly(const TransactionFn& work);
  // As Run. BEGIN goes with what the work sends first.
  absl::Status RunPipelined(const PipelineFn& work);

  // Connects now, where it is not connected yet. UNAVAILABLE; FAILED_PRECONDITION.
  absl::Status EnsureOpen();
  void Close();

 private:
  template <typename Transaction>
  absl::Status RunIn(const TransactionFn& work);
  // Of the exception under way.
  absl::Status TranslateException();

  const std::string connection_string_;
  const SessionFn session_;
  class Session;
  std::unique_ptr<Session> connection_;
};

// True where a commit was lost under way: never run it again blindly, read what happened.
bool IsOutcomeUnknown(const absl::Status& status);
// True where nothing was changed and the same work may succeed now: ABORTED, or a connection that
// was found dead before its commit.
bool IsRetryable(const absl::Status& status);

}  // namespace signet::payment_platform
