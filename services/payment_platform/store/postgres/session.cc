#include "services/payment_platform/store/postgres/session.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/payment_platform/store/postgres/failure.h"

namespace signet::payment_platform {

namespace {

using Clock = std::chrono::steady_clock;

// Set by a statement, since poolers drop startup options. What the connection string sets itself
// (its `options`) is kept.
constexpr char kSetTimeouts[] =
    "SELECT count(set_config(name, CASE name WHEN 'statement_timeout' THEN '10000'"
    " WHEN 'lock_timeout' THEN '5000' ELSE '15000' END, false)) FROM pg_settings WHERE name IN"
    " ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')"
    " AND source <> 'client'";
constexpr char kFacts[] =
    "SELECT pg_backend_pid(), setting FROM pg_settings WHERE name = 'statement_timeout'";
// The server gives up first.
constexpr std::chrono::milliseconds kBeyondStatementTimeout{2000};
constexpr std::chrono::hours kForEver{24 * 365};

}  // namespace

void FreeResult::operator()(pg_result* result) const { PQclear(result); }

bool Succeeded(const pg_result* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

// Lends pqxx a connection that its owner opens and closes.
class Session::Borrowed final : public pqxx::connectionpolicy {
 public:
  explicit Borrowed(pg_conn* lent) : connectionpolicy(""), lent_(lent) {}
  handle do_startconnect(handle) override { return lent_; }
  handle do_dropconnect(handle) noexcept override { return nullptr; }
  handle do_disconnect(handle) noexcept override { return nullptr; }

 private:
  pg_conn* const lent_;
};

class Session::PqxxConnection final : public pqxx::connection_base {
 public:
  explicit PqxxConnection(pg_conn* lent) : connection_base(borrowed_), borrowed_(lent) {
    init();
// A connection that pqxx would open anew behind our back would lose its session's locks.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    inhibit_reactivation(true);
#pragma GCC diagnostic pop
  }
  ~PqxxConnection() { close(); }

 private:
  Borrowed borrowed_;
};

Session::~Session() {
  pqxx_.reset();
  PQfinish(handle_);
}

absl::StatusOr<std::unique_ptr<Session>> Session::Connect(const ServerParameters& server) {
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : server) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  std::unique_ptr<Session> session(new Session(PQconnectdbParams(names.data(), values.data(), 0)));
  absl::Status opened = session->SetUp();
  if (opened.ok()) return session;
  return absl::Status(opened.code(), absl::StrCat("cannot reach the database: ",
                                                  FirstLine(std::string(opened.message()))));
}

absl::Status Session::SetUp() {
  if (PQstatus(handle_) != CONNECTION_OK) return absl::UnavailableError(PQerrorMessage(handle_));
  if (PQsetnonblocking(handle_, 1) != 0) return absl::UnavailableError(PQerrorMessage(handle_));
  PQsetNoticeReceiver(handle_, &Session::Notice, this);
  try {
    pqxx_ = std::make_unique<PqxxConnection>(handle_);
  } catch (const std::exception& error) {
    return absl::UnavailableError(error.what());
  }
  const auto set = Row(kSetTimeouts);
  if (!set.ok()) return set.status();
  const auto facts = Row(kFacts);
  if (!facts.ok()) return facts.status();
  int statement_timeout_ms = 0;
  if (facts->size() != 2 || !absl::SimpleAtoi((*facts)[0], &backend_pid_) ||
      !absl::SimpleAtoi((*facts)[1], &statement_timeout_ms)) {
    return absl::UnavailableError("the server does not say who it is");
  }
  answer_wait_ = statement_timeout_ms == 0
                     ? kForEver
                     : std::chrono::milliseconds(statement_timeout_ms) + kBeyondStatementTimeout;
  return absl::OkStatus();
}

void Session::Notice(void* session, const pg_result* notice) {
  const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity == nullptr || std::strcmp(severity, "WARNING") != 0) return;
  const char* message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
  static_cast<Session*>(session)->warning_ = message == nullptr ? "" : message;
}

bool Session::usable() const { return PQstatus(handle_) == CONNECTION_OK; }

bool Session::AwaitAnswer(Wait wait) {
  const auto end = Clock::now() + wait;
  for (;;) {
    const int unsent = PQflush(handle_);  // below zero: it is lost, as the next result will say
    if (unsent < 0 || PQisBusy(handle_) == 0) return true;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) return false;
    const int events = POLLIN | (unsent > 0 ? POLLOUT : 0);
    pollfd socket{PQsocket(handle_), static_cast<short>(events), 0};
    const int ready = poll(&socket, 1, static_cast<int>(std::min<int64_t>(left.count(), 60'000)));
    if (ready < 0 && errno != EINTR) return false;
    if (ready > 0 && (socket.revents & ~POLLOUT) != 0 && PQconsumeInput(handle_) == 0) return true;
  }
}

bool Session::IsLost(const pg_result* result) const {
  // What libpq itself complains of has no SQLSTATE; a pipeline that has not come to its end is of
  // no more use; after FATAL and PANIC the server hangs up.
  const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return !usable() || PQresultErrorField(result, PG_DIAG_SQLSTATE) == nullptr ||
         PQpipelineStatus(handle_) != PQ_PIPELINE_OFF ||
         (severity != nullptr && std::strcmp(severity, "ERROR") != 0);
}

absl::Status Session::FailureOf(const pg_result* result) const {
  const char* message = result == nullptr ? PQerrorMessage(handle_) : PQresultErrorMessage(result);
  if (result == nullptr || IsLost(result)) return ConnectionLost(message);
  return FromSqlstate(PQresultErrorField(result, PG_DIAG_SQLSTATE), message);
}

absl::Status Session::TakeAnswer(Wait wait) {
  absl::Status status;
  for (;;) {
    if (!AwaitAnswer(wait)) return ConnectionLost("the database has not answered in time");
    const Result result(PQgetResult(handle_));
    if (result == nullptr) return usable() ? status : FailureOf(nullptr);
    if (!Succeeded(result.get()) && status.ok()) status = FailureOf(result.get());
  }
}

absl::StatusOr<std::vector<std::string>> Session::Row(const char* sql, Wait wait) {
  if (PQsendQuery(handle_, sql) != 1) return FailureOf(nullptr);
  if (!AwaitAnswer(wait)) return absl::UnavailableError("the database has not answered in time");
  const Result result(PQgetResult(handle_));
  absl::Status failure;
  if (!Succeeded(result.get())) failure = FailureOf(result.get());
  std::vector<std::string> row;
  for (int column = 0; PQntuples(result.get()) > 0 && column < PQnfields(result.get()); ++column) {
    row.emplace_back(PQgetvalue(result.get(), 0, column));
  }
  failure.Update(TakeAnswer(wait));
  if (!failure.ok()) return failure;
  return row;
}

absl::Status Session::Begin(const char* sql) {
  if (PQsendQuery(handle_, sql) != 1) return FailureOf(nullptr);
  return TakeAnswer();
}

absl::Status Session::Commit(Wait wait) {
  warning_.reset();
  if (PQsendQuery(handle_, "COMMIT") != 1) {
    return OutcomeUnknown(Doubt::kConnectionLost, PQerrorMessage(handle_));
  }
  if (!AwaitAnswer(wait)) {
    return OutcomeUnknown(Doubt::kNoAnswer,
                          absl::StrCat("COMMIT was not answered within ", wait.count(),
                                       " ms: is the synchronous standby gone?"));
  }
  const Result result(PQgetResult(handle_));
  absl::Status status = CommitAnswer(result.get());
  if (!status.ok()) return status;
  const absl::Status end = TakeAnswer(wait);
  if (!end.ok()) return OutcomeUnknown(Doubt::kConnectionLost, std::string(end.message()));
  return status;
}

absl::Status Session::CommitAnswer(const pg_result* result) const {
  if (!Succeeded(result)) {
    if (!IsLost(result)) return FailureOf(result);
    return OutcomeUnknown(Doubt::kConnectionLost, PQerrorMessage(handle_));
  }
  // A transaction that has failed answers ROLLBACK.
  if (std::strcmp(PQcmdStatus(const_cast<pg_result*>(result)), "COMMIT") != 0) {
    return absl::InternalError("database: the transaction was rolled back");
  }
  if (warning_.has_value()) return OutcomeUnknown(Doubt::kWarning, *warning_);
  return absl::OkStatus();
}

bool Session::Rollback() noexcept {
  if (!usable() || PQpipelineStatus(handle_) != PQ_PIPELINE_OFF) return false;
  if (PQtransactionStatus(handle_) == PQTRANS_IDLE) return true;
  if (PQtransactionStatus(handle_) == PQTRANS_ACTIVE) return false;  // an answer is still to come
  return Begin("ROLLBACK").ok() && PQtransactionStatus(handle_) == PQTRANS_IDLE;
}

absl::Status FailureOfPqxx(const Session& session) {
  // libpqxx keeps no SQLSTATE of some.
  std::string sqlstate;
  std::string message;
  try {
    throw;
  } catch (const pqxx::too_many_connections& error) {
    sqlstate = "53300", message = error.what();
  } catch (const pqxx::broken_connection& error) {
    return ConnectionLost(error.what());
  } catch (const pqxx::serialization_failure& error) {
    sqlstate = "40001", message = error.what();
  } catch (const pqxx::deadlock_detected& error) {
    sqlstate = "40P01", message = error.what();
  } catch (const pqxx::statement_completion_unknown& error) {
    sqlstate = "40003", message = error.what();
  } catch (const pqxx::transaction_rollback& error) {
    sqlstate = "40000", message = error.what();
  } catch (const pqxx::insufficient_privilege& error) {
    sqlstate = "42501", message = error.what();
  } catch (const pqxx::sql_error& error) {
    sqlstate = error.sqlstate(), message = error.what();
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("database: ", FirstLine(error.what())));
  }
  if (!session.usable()) return ConnectionLost(message);
  return FromSqlstate(sqlstate, message);
}

}  // namespace signet::payment_platform
