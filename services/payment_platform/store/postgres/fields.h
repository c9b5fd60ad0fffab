// What several queries read of a row alike.
#pragma once

#include <cstdint>
#include <string>

#include "libs/base/ids.h"
#include "pqxx/pqxx"

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

}  // namespace signet::payment_platform
