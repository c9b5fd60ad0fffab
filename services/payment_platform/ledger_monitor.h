// Looks at the ledger now and then (more rarely where that takes long), so that /metrics says how
// it stands: payments left open, devices by state, and whether all accounts together still sum to
// zero. Does not replace `signetctl ledger verify`, which reads everything.
#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/serving/periodic.h"
#include "services/payment_platform/ledger_metrics.h"
#include "services/payment_platform/store/postgres/database.h"

namespace signet::payment_platform {

class LedgerMonitor {
 public:
  // Both outlive it.
  LedgerMonitor(Database& database, LedgerMetrics& metrics,
                absl::Duration interval = absl::Seconds(15));

  // Looks once, then starts the thread.
  void Start();
  void Stop() { thread_.Stop(); }

  absl::Status LookOnce();

 private:
  void Look();

  Database& database_;
  LedgerMetrics& metrics_;
  serving::Periodic thread_;
};

}  // namespace signet::payment_platform
