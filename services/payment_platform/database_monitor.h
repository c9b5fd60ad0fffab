// Looks every second whether a payment could be booked, in a session of its own, and says so to
// /readyz and /metrics: who asks those waits for no database and changes nothing.
#pragma once

#include <chrono>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/serving/periodic.h"
#include "services/payment_platform/store/postgres/commit_watch.h"
#include "services/payment_platform/store/postgres/connection.h"
#include "services/payment_platform/store/postgres/database_metrics.h"

namespace signet::payment_platform {

class DatabaseMonitor {
 public:
  // schema_version: the least that this program needs. commits and metrics outlive it.
  DatabaseMonitor(ConnectionOptions options, int schema_version, const CommitWatch& commits,
                  DatabaseMetrics& metrics, absl::Duration interval = absl::Seconds(1));

  // Looks once, then starts the thread.
  void Start();
  void Stop() { thread_.Stop(); }

  // UNAVAILABLE or FAILED_PRECONDITION: what the last look found missing, with the remedy; or that
  // a commit, or the look itself, takes too long. Thread-safe.
  absl::Status Fitness() const;

 private:
  void Look();
  absl::Status LookOnce();
  void Note(const absl::Status& found);

  const int schema_version_;
  const CommitWatch& commits_;
  DatabaseMetrics& metrics_;
  Connection connection_;
  mutable absl::Mutex mutex_;
  absl::Status found_ ABSL_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point found_at_ ABSL_GUARDED_BY(mutex_);
  serving::Periodic thread_;
};

}  // namespace signet::payment_platform
