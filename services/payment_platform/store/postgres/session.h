// An open session with one Postgres server. Two ways lead through it: pqxx, for statements whose
// answers are read by name, and Pipeline, for those that share round trips. Each has its own way
// from a failure to a status; the transaction around them is this class's. Not thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pqxx/pqxx"
#include "services/payment_platform/store/postgres/server_list.h"

struct pg_conn;
struct pg_result;

namespace signet::payment_platform {

struct FreeResult {
  void operator()(pg_result* result) const;
};
using Result = std::unique_ptr<pg_result, FreeResult>;

bool Succeeded(const pg_result* result);

class Session {
 public:
  // UNAVAILABLE, with libpq's words. Sets the timeouts that the connection string leaves out.
  static absl::StatusOr<std::unique_ptr<Session>> Connect(const ServerParameters& server);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  pqxx::connection_base& pqxx() { return *pqxx_; }
  pg_conn* handle() const { return handle_; }
  // By pipelines: the names of the statements that are prepared.
  std::set<std::string>& prepared() { return prepared_; }
  // The server process behind it, when it was opened.
  int backend_pid() const { return backend_pid_; }
  bool usable() const;

  // One row of text, of a statement of our own; no row: empty. What is NULL is "".
  using Wait = std::chrono::milliseconds;
  absl::StatusOr<std::vector<std::string>> Row(const char* sql, Wait wait = kAnswerWait);

  // Waits until libpq has an answer, or knows that none will come. False where the time is over:
  // then the session is of no more use.
  bool AwaitAnswer() { return AwaitAnswer(answer_wait_); }
  // Of the answer to one statement, its end included.
  absl::Status TakeAnswer() { return TakeAnswer(answer_wait_); }
  // What a failed result means; null: libpq's own complaint.
  absl::Status FailureOf(const pg_result* result) const;

  absl::Status Begin(const char* sql);
  // IsOutcomeUnknown() where no answer came in time, or none at all, or one that warns: a wait for
  // the synchronous standby that was cancelled is a warning and nothing else.
  absl::Status Commit(Wait wait);
  // False where the session is of no more use.
  bool Rollback() noexcept;

 private:
  static constexpr Wait kAnswerWait{5000};
  explicit Session(pg_conn* handle) : handle_(handle) {}
  absl::Status SetUp();
  bool AwaitAnswer(Wait wait);
  absl::Status TakeAnswer(Wait wait);
  absl::Status CommitAnswer(const pg_result* result) const;
  bool IsLost(const pg_result* result) const;
  static void Notice(void* session, const pg_result* notice);

  class Borrowed;
  class PqxxConnection;
  pg_conn* const handle_;
  std::unique_ptr<pqxx::connection_base> pqxx_;
  std::set<std::string> prepared_;
  int backend_pid_ = 0;
  Wait answer_wait_ = kAnswerWait;
  std::optional<std::string> warning_;  // since it was last looked at
};

// What pqxx threw means; of the exception under way.
absl::Status FailureOfPqxx(const Session& session);

}  // namespace signet::payment_platform
