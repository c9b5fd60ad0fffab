#include "services/payment_platform/store/postgres/parameters.h"

namespace signet::payment_platform {

namespace {

constexpr uint32_t kNull = 0xFFFFFFFF;  // a length of -1
constexpr size_t kArrayHeaderBytes = 20;
constexpr size_t kArraySizeAt = 12;

template <typename Integer>
void Append(std::string& bytes, Integer value) {
  for (int shift = 8 * sizeof(Integer) - 8; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(value >> shift));
  }
}

void Overwrite(std::string& bytes, size_t at, uint32_t value) {
  std::string encoded;
  Append(encoded, value);
  bytes.replace(at, encoded.size(), encoded);
}

// One dimension, numbered from 1. The size comes last (array_send of Postgres).
void BeginArray(std::string& bytes, uint32_t element_type) {
  Append(bytes, uint32_t{1});
  Append(bytes, uint32_t{1});  // may hold NULLs
  Append(bytes, element_type);
  Append(bytes, uint32_t{0});
  Append(bytes, uint32_t{1});
}

void AppendValue(std::string& bytes, SqlType type, int64_t value) {
  switch (type) {
    case SqlType::kSmallint:
      Append(bytes, uint32_t{sizeof(int16_t)});
      return Append(bytes, static_cast<int16_t>(value));
    case SqlType::kInteger:
      Append(bytes, uint32_t{sizeof(int32_t)});
      return Append(bytes, static_cast<int32_t>(value));
    default:
      Append(bytes, uint32_t{sizeof(int64_t)});
      return Append(bytes, value);
  }
}

void AppendValue(std::string& bytes, std::string_view value) {
  Append(bytes, static_cast<uint32_t>(value.size()));
  bytes += value;
}

}  // namespace

ColumnParameter::ColumnParameter(SqlType type) { BeginArray(bytes_, static_cast<uint32_t>(type)); }

void ColumnParameter::Add(int64_t value) {
  AppendValue(bytes_, SqlType::kBigint, value);
  ++size_;
}

void ColumnParameter::Add(std::string_view value) {
  AppendValue(bytes_, value);
  ++size_;
}

std::string ColumnParameter::Take() && {
  Overwrite(bytes_, kArraySizeAt, size_);
  return std::move(bytes_);
}

// The row type has a number of its own in each database: Postgres takes the one that the statement
// names.
RowsParameter::RowsParameter() { BeginArray(bytes_, 0); }

void RowsParameter::BeginRow() {
  EndRow();
  ++size_;
  row_start_ = bytes_.size();
  fields_ = 0;
  Append(bytes_, uint32_t{0});  // the row's length, and how many fields it has, once they are known
  Append(bytes_, uint32_t{0});
}

void RowsParameter::EndRow() {
  if (row_start_ == 0) return;
  const size_t length = bytes_.size() - row_start_ - sizeof(uint32_t);
  Overwrite(bytes_, row_start_, static_cast<uint32_t>(length));
  Overwrite(bytes_, row_start_ + sizeof(uint32_t), fields_);
}

void RowsParameter::BeginField(SqlType type) {
  ++fields_;
  Append(bytes_, static_cast<uint32_t>(type));
}

void RowsParameter::Add(SqlType type, int64_t value) {
  BeginField(type);
  AppendValue(bytes_, type, value);
}

void RowsParameter::Add(SqlType type, std::string_view value) {
  BeginField(type);
  AppendValue(bytes_, value);
}

void RowsParameter::AddOrNull(SqlType type, std::optional<int64_t> value) {
  return value.has_value() ? Add(type, *value) : AddNull(type);
}

void RowsParameter::AddOrNull(SqlType type, std::string_view value) {
  return value.empty() ? AddNull(type) : Add(type, value);
}

void RowsParameter::AddNull(SqlType type) {
  BeginField(type);
  Append(bytes_, kNull);
}

std::string RowsParameter::Take() && {
  EndRow();
  Overwrite(bytes_, kArraySizeAt, size_);
  return std::move(bytes_);
}

Parameters& Parameters::Integer(int32_t value) {
  Append(values_.emplace_back(), value);
  return *this;
}

Parameters& Parameters::Bigint(int64_t value) {
  Append(values_.emplace_back(), value);
  return *this;
}

Parameters& Parameters::Bytes(std::string value) {
  values_.push_back(std::move(value));
  return *this;
}

Parameters& Parameters::Column(ColumnParameter column) {
  values_.push_back(std::move(column).Take());
  return *this;
}

Parameters& Parameters::Rows(RowsParameter rows) {
  values_.push_back(std::move(rows).Take());
  return *this;
}

}  // namespace signet::payment_platform
