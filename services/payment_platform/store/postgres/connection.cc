#include "services/payment_platform/store/postgres/connection.h"

#include <libpq-fe.h>

#include <utility>

#include "absl/strings/cord.h"

namespace signet::payment_platform {

namespace {

constexpr Statement kBegin = {"begin", "BEGIN"};  // READ COMMITTED
constexpr char kOutcomeUnknownUrl[] = "signet/outcome-unknown";
constexpr char kNothingDoneUrl[] = "signet/connection-lost-before-commit";

// A timeout that a caller's own setting of the same name replaces.
struct Timeout {
  const char* name;
  const char* value;      // in "name=value" form
  const char* uri_value;  // percent-encoded
};
constexpr Timeout kTimeouts[] = {
    {"connect_timeout", "5", "5"},
    {"tcp_user_timeout", "10000", "10000"},
    {"keepalives_idle", "10", "10"},
    {"application_name", "signet-platform", "signet-platform"},
    {"options",
     "'-c statement_timeout=10000 -c lock_timeout=5000 "
     "-c idle_in_transaction_session_timeout=15000'",
     "-c%20statement_timeout%3D10000%20-c%20lock_timeout%3D5000%20"
     "-c%20idle_in_transaction_session_timeout%3D15000"},
};

// A connection that pqxx would open anew behind our back would lose its session's locks.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
void ForbidSilentReconnect(pqxx::connection_base& connection) {
  connection.inhibit_reactivation(true);
}
#pragma GCC diagnostic pop

std::string Setting(pqxx::transaction_base& transaction, const std::string& name) {
  return transaction.exec1("SELECT current_setting(" + transaction.quote(name) + ")")[0]
      .as<std::string>();
}

absl::Status CheckDurability(pqxx::connection_base& connection) {
  pqxx::nontransaction transaction(connection);
  const std::string commit = Setting(transaction, "synchronous_commit");
  const std::string fsync = Setting(transaction, "fsync");
  const std::string pages = Setting(transaction, "full_page_writes");
  if ((commit == "on" || commit == "remote_apply") && fsync == "on" && pages == "on") {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      "the database can lose commits it has acknowledged (synchronous_commit=" + commit +
      ", fsync=" + fsync + ", full_page_writes=" + pages +
      "): set all of them to on in postgresql.conf, then start again");
}

absl::Status WithMark(absl::Status status, const char* url) {
  status.SetPayload(url, absl::Cord("1"));
  return status;
}

// "ERROR:  a\nDETAIL: …" → its first line: the rest may show a row's contents.
std::string FirstLine(const char* text) {
  const std::string line(text);
  return line.substr(0, line.find('\n'));
}

absl::Status Forbidden(const std::string& message) {
  return absl::FailedPreconditionError(
      "the database's user may not do this: " + message +
      "; run `signet-platform migrate` as the owner of the tables, then "
      "deploy/postgres/restrict.sql (docs/operations.md, Postgres)");
}

absl::Status FromSqlError(const pqxx::sql_error& error) {
  const std::string& state = error.sqlstate();  // PostgreSQL, appendix A
  const std::string message = FirstLine(error.what());
  if (state == "57014" || state == "55P03") {
    return absl::UnavailableError("the database took too long, nothing was changed: " + message);
  }
  if (state.rfind("57P", 0) == 0 || state.rfind("08", 0) == 0 || state.rfind("53", 0) == 0) {
    return absl::UnavailableError("the database refuses work, nothing was changed: " + message);
  }
  if (state == "42501") return Forbidden(message);
  if (state == "23505") return absl::AlreadyExistsError(message);
  if (state.rfind("23", 0) == 0) return absl::FailedPreconditionError(message);
  return absl::InternalError("database error " + state + ": " + message);
}

}  // namespace

std::string WithTimeouts(const std::string& connection_string) {
  const bool is_uri = connection_string.rfind("postgres://", 0) == 0 ||
                      connection_string.rfind("postgresql://", 0) == 0;
  std::string result = connection_string;
  for (const Timeout& timeout : kTimeouts) {
    const std::string key = std::string(timeout.name) + "=";
    if (connection_string.find(key) != std::string::npos) continue;
    if (is_uri) {
      result += (result.find('?') == std::string::npos ? "?" : "&") + key + timeout.uri_value;
    } else {
      result += " " + key + timeout.value;
    }
  }
  return result;
}

absl::Status CheckConnectionString(const std::string& connection_string) {
  char* error = nullptr;
  PQconninfoOption* const parsed = PQconninfoParse(WithTimeouts(connection_string).c_str(), &error);
  if (parsed != nullptr) {
    PQconninfoFree(parsed);
    return absl::OkStatus();
  }
  const std::string why = error == nullptr ? "out of memory" : FirstLine(error);
  PQfreemem(error);
  return absl::InvalidArgumentError("the database's connection string is wrong: " + why +
                                    "; correct --database (SIGNET_DATABASE)");
}

bool IsOutcomeUnknown(const absl::Status& status) {
  return status.GetPayload(kOutcomeUnknownUrl).has_value();
}

bool IsRetryable(const absl::Status& status) {
  return absl::IsAborted(status) || status.GetPayload(kNothingDoneUrl).has_value();
}

// What pqxx::connection is, with libpq's handle for pipelines.
class Connection::Session final : public pqxx::connection_base {
 public:
  explicit Session(const std::string& options) : connection_base(policy_), policy_(options) {
    init();
  }
  ~Session() { close(); }

  pg_conn* handle() const { return policy_.handle_; }
  std::set<std::string>& prepared() { return prepared_; }

 private:
  struct Policy final : pqxx::connect_direct {
    using connect_direct::connect_direct;
    handle do_startconnect(handle before) override {
      return handle_ = connect_direct::do_startconnect(before);
    }
    handle handle_ = nullptr;
  };

  Policy policy_;
  std::set<std::string> prepared_;  // by pipelines
};

Connection::~Connection() = default;

Connection::Connection(std::string connection_string, SessionFn session)
    : connection_string_(WithTimeouts(connection_string)), session_(std::move(session)) {}

void Connection::Close() { connection_.reset(); }

absl::Status Connection::EnsureOpen() {
  if (connection_ != nullptr && connection_->is_open()) return absl::OkStatus();
  connection_.reset();
  try {
    auto connection = std::make_unique<Session>(connection_string_);
    ForbidSilentReconnect(*connection);
    if (absl::Status durable = CheckDurability(*connection); !durable.ok()) return durable;
    if (session_ != nullptr) {
      if (absl::Status session = session_(*connection); !session.ok()) return session;
    }
    connection_ = std::move(connection);
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return absl::UnavailableError("cannot reach the database: " + FirstLine(error.what()));
  }
}

absl::Status Connection::TranslateException() {
  try {
    throw;
  } catch (const pqxx::in_doubt_error&) {
    Close();
    return WithMark(absl::UnavailableError("the database connection was lost while committing: "
                                           "the outcome is unknown; send the same message again"),
                    kOutcomeUnknownUrl);
  } catch (const pqxx::statement_completion_unknown& error) {
    Close();
    return WithMark(absl::UnavailableError("the outcome is unknown; send the same message again: " +
                                           FirstLine(error.what())),
                    kOutcomeUnknownUrl);
  } catch (const pqxx::transaction_rollback& error) {  // serialization_failure, deadlock_detected
    return absl::AbortedError(FirstLine(error.what()));
  } catch (const pqxx::broken_connection& error) {
    Close();
    return WithMark(absl::UnavailableError("the database connection was lost, nothing was done: " +
                                           FirstLine(error.what())),
                    kNothingDoneUrl);
  } catch (const pqxx::insufficient_privilege& error) {  // libpqxx keeps no SQLSTATE of it
    return Forbidden(FirstLine(error.what()));
  } catch (const pqxx::sql_error& error) {
    if (connection_ != nullptr && connection_->is_open()) return FromSqlError(error);
    Close();
    return WithMark(absl::UnavailableError("the database connection was lost, nothing was done: " +
                                           FirstLine(error.what())),
                    kNothingDoneUrl);
  } catch (const std::exception& error) {
    Close();
    return absl::InternalError("database: " + FirstLine(error.what()));
  }
}

template <typename Transaction>
absl::Status Connection::RunIn(const TransactionFn& work) {
  if (absl::Status open = EnsureOpen(); !open.ok()) return open;
  try {
    Transaction transaction(*connection_);
    if (absl::Status done = work(transaction); !done.ok()) return done;  // rolls back
    transaction.commit();
    return absl::OkStatus();
  } catch (...) {
    return TranslateException();
  }
}

absl::Status Connection::Run(const TransactionFn& work) {
  return RunIn<pqxx::transaction<pqxx::read_committed>>(work);
}

absl::Status Connection::RunReadOnly(const TransactionFn& work) {
  return RunIn<pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>>(work);
}

absl::Status Connection::RunPipelined(const PipelineFn& work) {
  if (absl::Status open = EnsureOpen(); !open.ok()) return open;
  Pipeline pipeline(connection_->handle(), connection_->prepared());
  try {
    pipeline.Queue(kBegin);
    absl::Status done = work(pipeline);
    if (done.ok()) {
      pipeline.Commit();
    } else if (!pipeline.Rollback()) {
      Close();
    }
    return done;
  } catch (...) {
    const bool usable = pipeline.Rollback();
    absl::Status failure = TranslateException();
    if (!usable) Close();
    return failure;
  }
}

}  // namespace signet::payment_platform
