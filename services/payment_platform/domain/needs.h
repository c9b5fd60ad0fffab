// What must be loaded, and locked, before a batch can be decided. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "libs/base/ids.h"
#include "services/payment_platform/domain/command.h"
#include "services/payment_platform/domain/working_set.h"

namespace signet::payment_platform {

// First: devices are locked, payments are read under their device's lock.
struct Needs {
  std::set<uint32_t> locked_devices;
  std::set<PaymentId> payments;
  std::set<std::string> system_currencies;  // whose system account must exist
  size_t new_accounts = 0;
};
Needs NeedsOf(const std::vector<Command>& commands);

// Then, with those loaded: accounts whose balance may change are locked, others only read.
struct AccountNeeds {
  std::set<int64_t> locked_ids;
  std::set<std::string> locked_handles;
  std::set<int64_t> read_ids;
  std::set<std::string> read_handles;
};
AccountNeeds AccountNeedsOf(const std::vector<Command>& commands, const WorkingSet& loaded);

}  // namespace signet::payment_platform
