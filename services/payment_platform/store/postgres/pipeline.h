// Statements that are sent together and answered together: one round trip for all of them, in
// Postgres's binary format. libpqxx sends one prepared statement at a time, as text.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "services/payment_platform/store/postgres/parameters.h"

struct pg_conn;
struct pg_result;

namespace signet::payment_platform {

// A statement that each connection prepares on first use. name is unique in the program.
struct Statement {
  const char* name;
  const char* sql;
};

// A statement's answer.
class Rows {
 public:
  explicit Rows(pg_result* result);

  int size() const;
  size_t affected() const;

  // NULL: zero, none, empty.
  int64_t Integer(int row, int column) const;  // smallint, integer, bigint
  std::optional<int64_t> OptionalInteger(int row, int column) const;
  std::string_view Bytes(int row, int column) const;  // text, bytea

 private:
  struct Free {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Free> result_;
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

// Not thread-safe. What fails is thrown as pqxx would throw it, and ends the transaction.
class Pipeline {
 public:
  // prepared: the names of the statements that the connection has prepared. Both outlive it.
  Pipeline(pg_conn* connection, std::set<std::string>& prepared)
      : connection_(connection), prepared_(prepared) {}

  // Where its answer stands in what Send answers.
  size_t Queue(const Statement& statement, Parameters parameters = {});
  // The answers to what was queued, in that order. None of them was done where this throws, once
  // the transaction is rolled back.
  std::vector<Rows> Send();
  // What Queue and Send do, of one statement.
  Rows Execute(const Statement& statement, Parameters parameters = {});

  // Throws pqxx::in_doubt_error where the connection is lost meanwhile.
  void Commit();
  // False where the connection is of no more use.
  bool Rollback() noexcept;

 private:
  struct Queued {
    Statement statement;
    Parameters parameters;
  };
  void Prepare(const Statement& statement);
  void SendOne(const Queued& queued);
  [[noreturn]] void Fail(const pg_result* result, const char* statement);

  pg_conn* const connection_;
  std::set<std::string>& prepared_;
  std::vector<Queued> queue_;
};

}  // namespace signet::payment_platform
