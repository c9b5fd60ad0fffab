// What several queries read of a row alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "libs/base/ids.h"
#include "pqxx/pqxx"
#include "services/payment_platform/store/postgres/parameters.h"

namespace signet::payment_platform {

// A bytea; empty where it is NULL.
inline std::string Bytes(const pqxx::field& field) {
  return field.is_null() ? std::string() : pqxx::binarystring(field).str();
}

// Of the columns device_id and counter.
inline PaymentId PaymentIdOf(const pqxx::row& row) {
  return {static_cast<uint32_t>(row["device_id"].as<int64_t>()),
          static_cast<uint32_t>(row["counter"].as<int64_t>())};
}

// Reads one row's fields in their order, as FieldReader does of a pipeline. NULL: zero, none,
// empty.
class RowReader {
 public:
  explicit RowReader(const pqxx::row& row) : row_(row) {}

  template <typename Integer = int64_t>
  Integer Next() {
    return static_cast<Integer>(NextOptional().value_or(0));
  }
  std::optional<int64_t> NextOptional() {
    const pqxx::field field = row_[column_++];
    return field.is_null() ? std::nullopt : std::optional<int64_t>(field.as<int64_t>());
  }
  // Of text and bytea.
  std::string NextBytes() {
    const pqxx::field field = row_[column_++];
    const bool bytea = field.type() == static_cast<pqxx::oid>(SqlType::kBytea);
    return bytea ? Bytes(field) : field.as<std::string>("");
  }

 private:
  const pqxx::row row_;
  pqxx::row::size_type column_ = 0;
};

}  // namespace signet::payment_platform
