#include "services/payment_platform/ledger_monitor.h"

#include <string>

#include "libs/base/status.h"
#include "libs/program/log.h"
#include "services/payment_platform/store/status_store.h"

namespace signet::payment_platform {
namespace {

// A look reads every account: with millions of them it must not become Postgres' main work.
constexpr int kRest = 20;

}  // namespace

LedgerMonitor::LedgerMonitor(Database& database, LedgerMetrics& metrics, absl::Duration interval)
    : database_(database),
      metrics_(metrics),
      thread_(
          interval,
          [this] {
            Look();
            return false;
          },
          kRest) {}

void LedgerMonitor::Start() {
  Look();
  thread_.Start();
}

void LedgerMonitor::Look() {
  const absl::Status status = LookOnce();
  if (status.ok()) return;
  serving::LogWarning("ledger_look_failed", {{"error", std::string(status.message())}});
}

absl::Status LedgerMonitor::LookOnce() {
  SIGNET_ASSIGN_OR_RETURN(const LedgerGlance glance, GlanceAtLedger(database_));
  metrics_.SetOpenPayments(glance.open_payments);
  metrics_.SetDevices(glance.devices_by_state);
  metrics_.SetImbalance(glance.imbalance_minor);
  return absl::OkStatus();
}

}  // namespace signet::payment_platform
