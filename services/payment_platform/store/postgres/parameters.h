// A statement's parameters in Postgres's binary format: what is stored is sent as it is, neither
// quoted nor parsed. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::payment_platform {

// Numbered as pg_type.dat, where they never change.
enum class SqlType : uint32_t {
  kBytea = 17,
  kBigint = 20,
  kSmallint = 21,
  kInteger = 23,
  kText = 25,
};

// unnest($1::bigint[]): one parameter carries a column.
class ColumnParameter {
 public:
  explicit ColumnParameter(SqlType type);  // kBigint, kText
  void Add(int64_t value);
  void Add(std::string_view value);
  std::string Take() &&;

 private:
  std::string bytes_;
  uint32_t size_ = 0;
};

// unnest($1::new_payment[]): one parameter carries rows. Each row gets a value for every field of
// the row type (migration 0002), in its order.
class RowsParameter {
 public:
  RowsParameter();
  void BeginRow();
  void Add(SqlType type, int64_t value);
  void Add(SqlType type, std::string_view value);
  void AddOrNull(SqlType type, std::optional<int64_t> value);
  void AddOrNull(SqlType type, std::string_view value);  // empty: NULL
  void AddNull(SqlType type);
  std::string Take() &&;

 private:
  void BeginField(SqlType type);
  void EndRow();

  std::string bytes_;
  uint32_t size_ = 0;
  size_t row_start_ = 0;  // 0: there is no row yet
  uint32_t fields_ = 0;   // of the last row
};

class Parameters {
 public:
  Parameters& Integer(int32_t value);
  Parameters& Bigint(int64_t value);
  Parameters& Bytes(std::string value);
  Parameters& Column(ColumnParameter column);
  Parameters& Rows(RowsParameter rows);

  const std::vector<std::string>& values() const { return values_; }

 private:
  std::vector<std::string> values_;
};

}  // namespace signet::payment_platform
