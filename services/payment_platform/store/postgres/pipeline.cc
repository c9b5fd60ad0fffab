#include "services/payment_platform/store/postgres/pipeline.h"

#include <libpq-fe.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "pqxx/except"

namespace signet::payment_platform {

namespace {

constexpr int kBinary = 1;

// Owns it for the time being: Rows are made of what succeeded.
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;
Result Own(PGresult* result) { return {result, &PQclear}; }

bool Succeeded(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

const char* Sqlstate(const PGresult* result) {
  return PQresultErrorField(result, PG_DIAG_SQLSTATE);
}

// After a failure. What libpq itself complains of has no SQLSTATE; a pipeline that has not come to
// its end is of no more use.
bool Lost(const PGconn* connection, const PGresult* result) {
  return PQstatus(connection) == CONNECTION_BAD || Sqlstate(result) == nullptr ||
         PQpipelineStatus(connection) != PQ_PIPELINE_OFF;
}

}  // namespace

Rows::Rows(PGresult* result) : result_(result) {}
void Rows::Free::operator()(PGresult* result) const { PQclear(result); }

int Rows::size() const { return PQntuples(result_.get()); }

size_t Rows::affected() const {
  return std::strtoull(PQcmdTuples(result_.get()), nullptr, 10);  // "" where there is no count
}

int64_t Rows::Integer(int row, int column) const {
  uint64_t value = 0;
  const std::string_view bytes = Bytes(row, column);
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  const size_t unused = 64 - 8 * bytes.size();
  return bytes.empty() ? 0 : static_cast<int64_t>(value << unused) >> unused;  // the sign as well
}

std::optional<int64_t> Rows::OptionalInteger(int row, int column) const {
  if (PQgetisnull(result_.get(), row, column) != 0) return std::nullopt;
  return Integer(row, column);
}

std::string_view Rows::Bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}

size_t Pipeline::Queue(const Statement& statement, Parameters parameters) {
  queue_.push_back({statement, std::move(parameters)});
  return queue_.size() - 1;
}

std::vector<Rows> Pipeline::Send() {
  const std::vector<Queued> queue = std::exchange(queue_, {});
  if (queue.empty()) return {};
  for (const Queued& queued : queue) Prepare(queued.statement);
  if (PQenterPipelineMode(connection_) != 1) Fail(nullptr, "");
  for (const Queued& queued : queue) SendOne(queued);
  if (PQpipelineSync(connection_) != 1) Fail(nullptr, "");
  std::vector<Rows> answers;
  answers.reserve(queue.size());
  Result failure = Own(nullptr);
  const char* failed = "";
  // Each statement's answer ends with null; those after a failed one are PGRES_PIPELINE_ABORTED.
  for (const Queued& queued : queue) {
    while (PGresult* result = PQgetResult(connection_)) {
      Result owned = Own(result);
      if (failure != nullptr) continue;
      if (Succeeded(result)) {
        answers.emplace_back(owned.release());
      } else {
        failure = std::move(owned);
        failed = queued.statement.name;
      }
    }
    if (PQstatus(connection_) == CONNECTION_BAD) Fail(failure.get(), failed);
  }
  const Result synced = Own(PQgetResult(connection_));
  if (PQresultStatus(synced.get()) != PGRES_PIPELINE_SYNC || PQexitPipelineMode(connection_) != 1) {
    Fail(failure.get(), failed);
  }
  if (failure != nullptr) Fail(failure.get(), failed);
  return answers;
}

Rows Pipeline::Execute(const Statement& statement, Parameters parameters) {
  Queue(statement, std::move(parameters));
  return std::move(Send().back());
}

void Pipeline::Commit() {
  const Result result = Own(PQexec(connection_, "COMMIT"));
  if (!Succeeded(result.get()) && Lost(connection_, result.get())) {
    throw pqxx::in_doubt_error("the connection was lost: " +
                               std::string(PQerrorMessage(connection_)));
  }
  if (!Succeeded(result.get())) Fail(result.get(), "COMMIT");
  // A transaction that has failed answers ROLLBACK.
  if (std::strcmp(PQcmdStatus(result.get()), "COMMIT") != 0) {
    throw pqxx::sql_error("the transaction was rolled back", "COMMIT");
  }
}

bool Pipeline::Rollback() noexcept {
  queue_.clear();
  if (PQpipelineStatus(connection_) != PQ_PIPELINE_OFF) return false;
  if (PQtransactionStatus(connection_) != PQTRANS_IDLE) {
    PQclear(PQexec(connection_, "ROLLBACK"));
  }
  return PQtransactionStatus(connection_) == PQTRANS_IDLE;
}

void Pipeline::Prepare(const Statement& statement) {
  if (prepared_.contains(statement.name)) return;
  const Result result = Own(PQprepare(connection_, statement.name, statement.sql, 0, nullptr));
  if (!Succeeded(result.get())) Fail(result.get(), statement.name);
  prepared_.insert(statement.name);
}

void Pipeline::SendOne(const Queued& queued) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const std::string& value : queued.parameters.values()) {
    values.push_back(value.data());
    lengths.push_back(static_cast<int>(value.size()));
  }
  const std::vector<int> formats(values.size(), kBinary);
  if (PQsendQueryPrepared(connection_, queued.statement.name, static_cast<int>(values.size()),
                          values.data(), lengths.data(), formats.data(), kBinary) != 1) {
    Fail(nullptr, queued.statement.name);
  }
}

void Pipeline::Fail(const PGresult* result, const char* statement) {
  const std::string message =
      result == nullptr ? PQerrorMessage(connection_) : PQresultErrorMessage(result);
  if (Lost(connection_, result)) throw pqxx::broken_connection(message);
  const char* sqlstate = Sqlstate(result);
  const std::string state = sqlstate;  // PostgreSQL, appendix A
  if (state == "40001") throw pqxx::serialization_failure(message);
  if (state == "40003") throw pqxx::statement_completion_unknown(message);
  if (state == "40P01") throw pqxx::deadlock_detected(message);
  throw pqxx::sql_error(message, statement, sqlstate);
}

}  // namespace signet::payment_platform
