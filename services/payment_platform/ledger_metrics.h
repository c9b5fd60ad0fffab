// How the ledger stands: what its verification and its monitor found. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "libs/serving/metrics.h"

namespace signet::payment_platform {

class LedgerMetrics {
 public:
  explicit LedgerMetrics(serving::Metrics& metrics);

  // The sum of all postings by currency.
  void SetImbalance(const std::map<std::string, int64_t>& imbalance_minor);
  // The ledger was found to be consistent.
  void SetVerifiedAt(int64_t unix_ms);
  // Authorized, and neither confirmed nor expired.
  void SetOpenPayments(uint64_t count);
  // "pending", …; a state that is not named has none.
  void SetDevices(const std::map<std::string, uint64_t>& by_state);

 private:
  serving::Metrics& metrics_;
  serving::Gauge& verified_timestamp_;
  serving::Gauge& open_payments_;
  std::map<std::string, serving::Gauge*> devices_;
};

}  // namespace signet::payment_platform
