#include "services/gateway/gateway_metrics.h"

namespace signet::gateway {
namespace {

constexpr std::array<const char*, kLimits> kLimitNames = {
    "device", "enrollment_peer", "enrollment_total", "under_way", "enrollment_under_way"};

}  // namespace

GatewayMetrics::GatewayMetrics(serving::Metrics& metrics) {
  for (size_t i = 1; i < kVerdictNames.size(); ++i) {  // 0 is no refusal
    refused_.at(i) = &metrics.AddCounter("signet_messages_rejected_total",
                                         "Messages refused before or by authentication, by reason",
                                         {{"reason", kVerdictNames.at(i)}});
  }
  for (size_t i = 0; i < kLimitNames.size(); ++i) {
    limited_.at(i) = &metrics.AddCounter("signet_requests_limited_total",
                                         "Calls answered RESOURCE_EXHAUSTED, by the bound they met",
                                         {{"limit", kLimitNames.at(i)}});
  }
}

}  // namespace signet::gateway
