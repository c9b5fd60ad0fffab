// The gateway's own metrics. Thread-safe.
#pragma once

#include <array>
#include <cstddef>

#include "libs/serving/metrics.h"
#include "services/gateway/message_check.h"

namespace signet::gateway {

// Which bound a call ran into.
enum class Limit { kDevice, kEnrollmentPeer, kEnrollmentTotal, kUnderWay };

class GatewayMetrics {
 public:
  explicit GatewayMetrics(serving::Metrics& metrics);
  void Refused(Verdict verdict) { refused_.at(static_cast<size_t>(verdict))->Increment(); }
  void Limited(Limit limit) { limited_.at(static_cast<size_t>(limit))->Increment(); }

 private:
  std::array<serving::Counter*, kVerdictNames.size()> refused_{};
  std::array<serving::Counter*, 4> limited_{};
};

}  // namespace signet::gateway
