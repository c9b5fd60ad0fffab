// Statements that are sent together and answered together: one round trip for all of them, in
// Postgres's binary format. libpqxx sends one prepared statement at a time, as text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "services/payment_platform/store/postgres/parameters.h"
#include "services/payment_platform/store/postgres/session.h"

namespace signet::payment_platform {

// A statement that each connection prepares on first use. name is unique in the program.
struct Statement {
  const char* name;
  const char* sql;
};

// A statement's answer.
class Rows {
 public:
  explicit Rows(Result result);

  int size() const;
  size_t affected() const;

  // NULL: zero, none, empty.
  int64_t Integer(int row, int column) const;  // smallint, integer, bigint
  std::optional<int64_t> OptionalInteger(int row, int column) const;
  std::string_view Bytes(int row, int column) const;  // text, bytea

 private:
  Result result_;
};

// Reads one row's fields in their order.
class FieldReader {
 public:
  FieldReader(const Rows& rows, int row) : rows_(rows), row_(row) {}

  template <typename Integer = int64_t>
  Integer Next() {
    return static_cast<Integer>(rows_.Integer(row_, column_++));
  }
  std::optional<int64_t> NextOptional() { return rows_.OptionalInteger(row_, column_++); }
  std::string NextBytes() { return std::string(rows_.Bytes(row_, column_++)); }

 private:
  const Rows& rows_;
  const int row_;
  int column_ = 0;
};

// What failed in a pipeline: thrown by it, caught by Connection::RunPipelined.
struct PipelineFailure {
  absl::Status status;
};

// Not thread-safe. What fails is thrown, and ends the transaction.
class Pipeline {
 public:
  explicit Pipeline(Session& session) : session_(session) {}

  // Where its answer stands in what Send answers.
  size_t Queue(const Statement& statement, Parameters parameters = {});
  // The answers to what was queued, in that order. None of them was done where this throws, once
  // the transaction is rolled back.
  std::vector<Rows> Send();
  // What Queue and Send do, of one statement.
  Rows Execute(const Statement& statement, Parameters parameters = {});

 private:
  struct Queued {
    Statement statement;
    Parameters parameters;
  };
  void Prepare(const Statement& statement);
  void SendOne(const Queued& queued);
  // The next result, null at the end of a statement's answer.
  Result Next();
  [[noreturn]] void Fail(absl::Status status);

  Session& session_;
  std::vector<Queued> queue_;
};

}  // namespace signet::payment_platform
