#include "services/payment_platform/ledger_metrics.h"

#include "services/payment_platform/payment_metrics.h"

namespace signet::payment_platform {

LedgerMetrics::LedgerMetrics(serving::Metrics& metrics)
    : metrics_(metrics),
      verified_timestamp_(metrics.AddGauge("signet_ledger_verified_timestamp_seconds",
                                           "When the ledger was last found to be consistent.")),
      open_payments_(
          metrics.AddGauge("signet_payments_open",
                           "Payments that are authorized and neither confirmed nor expired yet.")) {
  for (const char* state : {"pending", "active", "suspended", "revoked"}) {
    devices_[state] = &metrics.AddGauge("signet_devices", "Devices by state.", {{"state", state}});
  }
}

void LedgerMetrics::SetImbalance(const std::map<std::string, int64_t>& imbalance_minor) {
  for (const auto& [currency, sum] : imbalance_minor) {
    PaymentValueCounter(metrics_, currency);  // at zero until a payment moves some
    metrics_
        .AddGauge("signet_ledger_imbalance",
                  "What all accounts, or all postings, sum to, in minor units; zero.",
                  {{"currency", currency}})
        .Set(static_cast<double>(sum));
  }
}

void LedgerMetrics::SetOpenPayments(uint64_t count) {
  open_payments_.Set(static_cast<double>(count));
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
