// A bounded pool of connections to the ledger's database. Thread-safe; blocks, so it is used on
// threads of our own, never on gRPC's.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "libs/serving/metrics.h"
#include "services/payment_platform/store/postgres/connection.h"
#include "services/payment_platform/store/postgres/database_metrics.h"

namespace signet::payment_platform {

struct DatabaseOptions {
  ConnectionOptions connection{""};
  size_t max_connections = 8;
  std::chrono::milliseconds acquire_timeout{5000};
};

class Database {
 public:
  // Connects once, so that a wrong address or setting shows at start: as Connection::EnsureOpen.
  static absl::StatusOr<std::unique_ptr<Database>> Open(DatabaseOptions options,
                                                        DatabaseMetrics& metrics);

  // As Connection::Run, on any free connection; what is retryable is run again, at most three times
  // in all. RESOURCE_EXHAUSTED where no connection becomes free in time.
  absl::Status Run(const TransactionFn& work);
  absl::Status RunReadOnly(const TransactionFn& work);

  // Can it be reached now?
  absl::Status Ping();

 private:
  Database(DatabaseOptions options, DatabaseMetrics& metrics);
  absl::StatusOr<std::unique_ptr<Connection>> Acquire();
  void Release(std::unique_ptr<Connection> connection);
  absl::Status RunPooled(const std::function<absl::Status(Connection&)>& run);

  const ConnectionOptions connection_options_;
  const size_t max_connections_;
  const std::chrono::milliseconds acquire_timeout_;
  DatabaseMetrics& metrics_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
  size_t in_use_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace signet::payment_platform
