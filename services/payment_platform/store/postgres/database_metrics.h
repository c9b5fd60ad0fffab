// What the database layer counts. Thread-safe.
#pragma once

#include <cstddef>

#include "absl/status/status.h"
#include "libs/serving/metrics.h"

namespace signet::payment_platform {

class DatabaseMetrics {
 public:
  explicit DatabaseMetrics(serving::Metrics& metrics);

  // An attempt at a transaction, and whether the database could be reached for it.
  void ObserveTransaction(double seconds, const absl::Status& status);
  // Why it is run again: "conflict" (serialization, deadlock) or "connection_lost".
  void CountRetry(const absl::Status& cause);
  void SetConnections(size_t idle, size_t in_use);
  void SetMaxConnections(size_t max);

 private:
  serving::Gauge& up_;
  serving::Histogram& transaction_seconds_;
  serving::Counter& retries_conflict_;
  serving::Counter& retries_connection_lost_;
  serving::Gauge& connections_idle_;
  serving::Gauge& connections_in_use_;
  serving::Gauge& connections_max_;
};

}  // namespace signet::payment_platform
