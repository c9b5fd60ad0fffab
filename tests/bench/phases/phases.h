// The phases of a run. Each adds its figures to the report.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/bench/devices/device_pool.h"
#include "tests/bench/devices/payment_order.h"
#include "tests/bench/devices/sealed_payer.h"
#include "tests/bench/measure/load.h"
#include "tests/bench/measure/report.h"
#include "tests/bench/measure/stack_folder.h"
#include "tests/bench/options.h"

namespace signet::bench {

class Phases {
 public:
  static std::vector<std::string> Names();

  Phases(const Options& options, StackFolder stack, Report report)
      : options_(options),
        stack_(std::move(stack)),
        report_(std::move(report)),
        orders_(options.accounts) {}

  // All that the options name. Saves the report after each.
  absl::Status Run();

 private:
  static const std::map<std::string, absl::Status (Phases::*)()>& ByName();

  // Set-up.
  absl::Status Accounts();
  absl::Status Enroll();
  absl::Status LedgerDevices();
  // Loads.
  absl::Status Payments();
  absl::Status Half();
  absl::Status Hot();
  absl::Status Idle();
  absl::Status Steady();
  absl::Status Overload();
  absl::Status Crypto();
  absl::Status Ledger();
  absl::Status Growth();
  // The ledger is consistent.
  absl::Status Verify();
  absl::Status Table();

  using PayerMaker = std::function<std::unique_ptr<Payer>(grpc::CompletionQueue&)>;
  absl::StatusOr<LoadResult> RunLoad(const LoadPlan& plan, size_t payers, const PayerMaker& make);
  absl::StatusOr<LoadResult> RunDevices(const LoadPlan& plan, size_t connections, int resends = 0);
  absl::StatusOr<LoadResult> RunDevices(const LoadPlan& plan, size_t connections,
                                        const SealedParts& parts);
  absl::StatusOr<LoadResult> RunLedger();
  absl::Status NeedDevices(size_t connections);
  LoadPlan Plan() const;
  // This share of the capacity, unless the options name a rate.
  absl::StatusOr<double> Rate(double share) const;

  const Options& options_;
  const StackFolder stack_;
  Report report_;
  PaymentOrders orders_;
  std::optional<DevicePool> devices_;
};

}  // namespace signet::bench
