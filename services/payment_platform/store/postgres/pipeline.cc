#include "services/payment_platform/store/postgres/pipeline.h"

#include <libpq-fe.h>

#include <cstdlib>
#include <utility>

#include "services/payment_platform/store/postgres/failure.h"

namespace signet::payment_platform {

namespace {

constexpr int kBinary = 1;

}  // namespace

Rows::Rows(Result result) : result_(std::move(result)) {}

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
  pg_conn* const connection = session_.handle();
  if (PQenterPipelineMode(connection) != 1) Fail(session_.FailureOf(nullptr));
  for (const Queued& queued : queue) SendOne(queued);
  if (PQpipelineSync(connection) != 1) Fail(session_.FailureOf(nullptr));
  std::vector<Rows> answers;
  answers.reserve(queue.size());
  Result failure;
  // Each statement's answer ends with null; those after a failed one are PGRES_PIPELINE_ABORTED.
  for (size_t i = 0; i < queue.size(); ++i) {
    while (Result result = Next()) {
      if (failure != nullptr) continue;
      if (Succeeded(result.get())) {
        answers.emplace_back(std::move(result));
      } else {
        failure = std::move(result);
      }
    }
    if (!session_.usable()) Fail(session_.FailureOf(failure.get()));
  }
  const Result synced = Next();
  if (PQresultStatus(synced.get()) != PGRES_PIPELINE_SYNC || PQexitPipelineMode(connection) != 1) {
    Fail(session_.FailureOf(nullptr));
  }
  if (failure != nullptr) Fail(session_.FailureOf(failure.get()));
  return answers;
}

Rows Pipeline::Execute(const Statement& statement, Parameters parameters) {
  Queue(statement, std::move(parameters));
  return std::move(Send().back());
}

void Pipeline::Prepare(const Statement& statement) {
  if (session_.prepared().contains(statement.name)) return;
  if (PQsendPrepare(session_.handle(), statement.name, statement.sql, 0, nullptr) != 1) {
    Fail(session_.FailureOf(nullptr));
  }
  if (absl::Status prepared = session_.TakeAnswer(); !prepared.ok()) Fail(std::move(prepared));
  session_.prepared().insert(statement.name);
}

void Pipeline::SendOne(const Queued& queued) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const std::string& value : queued.parameters.values()) {
    values.push_back(value.data());
    lengths.push_back(static_cast<int>(value.size()));
  }
  const std::vector<int> formats(values.size(), kBinary);
  if (PQsendQueryPrepared(session_.handle(), queued.statement.name, static_cast<int>(values.size()),
                          values.data(), lengths.data(), formats.data(), kBinary) != 1) {
    Fail(session_.FailureOf(nullptr));
  }
}

Result Pipeline::Next() {
  if (!session_.AwaitAnswer()) Fail(ConnectionLost("the database has not answered in time"));
  return Result(PQgetResult(session_.handle()));
}

void Pipeline::Fail(absl::Status status) {
  queue_.clear();
  throw PipelineFailure{std::move(status)};
}

}  // namespace signet::payment_platform
