// What the HSM did and how long it took, as metrics. Thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "absl/status/status.h"
#include "libs/serving/metrics.h"

namespace signet::crypto {

enum class HsmOperation {
  kOpen,
  kSeal,
  kSignReceipt,
  kWrapInitialKey,
  kIssueCertificate,
  kSignEnrollmentAnswer
};
inline constexpr size_t kHsmOperations = 6;

class HsmMetrics {
 public:
  explicit HsmMetrics(serving::Metrics& metrics);

  // A message that does not open is "refused"; any other failure is the module's, "error".
  void Record(HsmOperation operation, const absl::Status& status,
              std::chrono::steady_clock::duration took);
  void SetUp(bool up);
  void CountReopen();

 private:
  struct Series {
    serving::Counter* ok = nullptr;
    serving::Counter* refused = nullptr;
    serving::Counter* error = nullptr;
    serving::Histogram* seconds = nullptr;
  };
  std::array<Series, kHsmOperations> series_;
  serving::Gauge& up_;
  serving::Counter& reopens_;
};

}  // namespace signet::crypto
