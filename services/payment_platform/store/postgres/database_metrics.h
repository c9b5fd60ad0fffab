// What the database layer counts. Thread-safe.
#pragma once

#include <cstddef>
#include <map>

#include "absl/status/status.h"
#include "libs/serving/metrics.h"
#include "services/payment_platform/store/postgres/failure.h"

namespace signet::payment_platform {

// What became of a commit whose outcome was unknown.
enum class Finding { kCommitted, kNotCommitted, kUnknown };

class DatabaseMetrics {
 public:
  explicit DatabaseMetrics(serving::Metrics& metrics);

  // An attempt at a transaction, and whether the database could be reached for it.
  void ObserveTransaction(double seconds, const absl::Status& status);
  // Why it is run again: "conflict" (serialization, deadlock) or "connection_lost".
  void CountRetry(const absl::Status& cause);
  // A commit whose outcome is unknown, and what was found out of it.
  void CountDoubt(Doubt doubt);
  void CountFinding(Finding finding);
  // What the monitor found: OK, or what a payment lacks to be booked.
  void SetFitness(const absl::Status& status);
  void SetOldestCommit(double seconds);
  void SetConnections(size_t idle, size_t in_use);
  void SetMaxConnections(size_t max);

 private:
  serving::Gauge& up_;
  serving::Histogram& transaction_seconds_;
  serving::Counter& retries_conflict_;
  serving::Counter& retries_connection_lost_;
  std::map<Doubt, serving::Counter*> doubts_;
  std::map<Finding, serving::Counter*> findings_;
  std::map<Need, serving::Gauge*> needs_;
  serving::Gauge& oldest_commit_;
  serving::Gauge& connections_idle_;
  serving::Gauge& connections_in_use_;
  serving::Gauge& connections_max_;
};

}  // namespace signet::payment_platform
