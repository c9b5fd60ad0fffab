// What the database layer counts. Thread-safe.
#pragma once

#include <cstddef>

#include "absl/status/status.h"
#include "libs/serving/metrics.h"

namespace signet::payment_platform {

class DatabaseMetrics {
 public:
  explicit DatabaseMetrics(serving::Metrics& metrics);

  void ObserveTransaction(double seconds) { transaction_seconds_.Observe(seconds); }
  // Why it is run again: "conflict" (serialization, deadlock) or "connection_lost".
  void CountRetry(const absl::Status& cause);
  void SetConnections(size_t idle, size_t in_use);

 private:
  serving::Histogram& transaction_seconds_;
  serving::Counter& retries_conflict_;
  serving::Counter& retries_connection_lost_;
  serving::Gauge& connections_idle_;
  serving::Gauge& connections_in_use_;
};

}  // namespace signet::payment_platform
