#include "services/payment_platform/ledger_metrics.h"

namespace signet::payment_platform {

LedgerMetrics::LedgerMetrics(serving::Metrics& metrics)
    : metrics_(metrics),
      verified_timestamp_(metrics.AddGauge("signet_ledger_verified_timestamp_seconds",
                                           "When the ledger was last found to be consistent.")) {
  for (const char* state : {"pending", "active", "suspended", "revoked"}) {
    devices_[state] = &metrics.AddGauge("signet_devices", "Devices by state.", {{"state", state}});
  }
}

void LedgerMetrics::SetImbalance(const std::map<std::string, int64_t>& imbalance_minor) {
  for (const auto& [currency, sum] : imbalance_minor) {
    metrics_
        .AddGauge("signet_ledger_imbalance",
                  "Sum of all postings at the last verification, in minor units.",
                  {{"currency", currency}})
        .Set(static_cast<double>(sum));
  }
}

void LedgerMetrics::SetVerifiedAt(int64_t unix_ms) {
  verified_timestamp_.Set(static_cast<double>(unix_ms) / 1000.0);
}

void LedgerMetrics::SetDevices(const std::map<std::string, uint64_t>& by_state) {
  for (const auto& [state, gauge] : devices_) {
    const auto found = by_state.find(state);
    gauge->Set(found == by_state.end() ? 0.0 : static_cast<double>(found->second));
  }
}

}  // namespace signet::payment_platform
