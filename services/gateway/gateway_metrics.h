// The gateway's own metrics. Thread-safe.
#pragma once

#include <array>
#include <cstddef>

#include "libs/serving/metrics.h"
#include "services/gateway/message_check.h"

namespace signet::gateway {

// Which bound a call ran into.
enum class Limit { kDevice, kEnrollmentPeer, kEnrollmentTotal, kUnderWay, kEnrollmentUnderWay };
inline constexpr size_t kLimits = 5;

class GatewayMetrics {
 public:
  explicit GatewayMetrics(serving::Metrics& metrics);
  void Refused(Verdict verdict) { refused_.at(static_cast<size_t>(verdict))->Increment(); }
  void Limited(Limit limit) { limited_.at(static_cast<size_t>(limit))->Increment(); }

 private:
  std::array<serving::Counter*, kVerdictNames.size()> refused_{};
  std::array<serving::Counter*, kLimits> limited_{};
};

}  // namespace signet::gateway
