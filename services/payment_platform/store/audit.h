// The record of what operators did, written with what they did.
#pragma once

#include <cstdint>
#include <string>

#include "pqxx/pqxx"

namespace signet::payment_platform {

// Who does something, and when.
struct OperatorStamp {
  std::string operator_name;
  int64_t at_unix_ms = 0;
};

// action: "device.suspend"; subject: a device ID or an account's handle.
void Audit(pqxx::transaction_base& transaction, const OperatorStamp& stamp,
           const std::string& action, const std::string& subject);

}  // namespace signet::payment_platform
