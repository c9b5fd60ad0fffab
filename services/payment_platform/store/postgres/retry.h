// Runs a transaction again where nothing was done and it may succeed now. A bounded number of
// times, without waiting: whoever asked may ask again.
#pragma once

#include <chrono>
#include <functional>

#include "services/payment_platform/store/postgres/connection.h"
#include "services/payment_platform/store/postgres/database_metrics.h"

namespace signet::payment_platform {

inline constexpr int kMaxAttempts = 3;

inline absl::Status RunWithRetries(const std::function<absl::Status()>& run,
                                   DatabaseMetrics& metrics) {
  for (int attempt = 1;; ++attempt) {
    const auto started = std::chrono::steady_clock::now();
    absl::Status status = run();
    metrics.ObserveTransaction(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count(), status);
    if (status.ok() || !IsRetryable(status) || attempt == kMaxAttempts) return status;
    metrics.CountRetry(status);
  }
}

}  // namespace signet::payment_platform
