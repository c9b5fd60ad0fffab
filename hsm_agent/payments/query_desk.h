// Queries: sealed, opened, and what they prove about payees and about the open payment. All of it
// is kept in memory only. A receipt that comes back has been verified; closing the payment that it
// proves paid is the payment desk's.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "hsm_agent/module/device_module.h"
#include "hsm_agent/payments/payee_cache.h"
#include "hsm_agent/pin/pin_entry.h"
#include "hsm_agent/state_file.h"
#include "signet/device/v1/device_agent.pb.h"

namespace signet::hsm_agent {

class QueryDesk {
 public:
  static constexpr size_t kMaxPending = 16;

  QueryDesk(StateFile& state, DeviceModule& module) : state_(state), module_(module) {}

  absl::StatusOr<device::v1::BeginQueryResponse> Begin(const device::v1::BeginQueryRequest& request,
                                                       const Abandoned& abandoned);
  absl::StatusOr<device::v1::CompleteQueryResponse> Complete(
      const device::v1::CompleteQueryRequest& request);

  const PayeeCache& payees() const { return payees_; }
  // Whether a completed query has shown that the payment of this counter can never move money.
  bool ProvedDead(uint32_t counter) const { return dead_payment_ == counter; }

 private:
  struct Pending {
    std::string exchange_id;
    payments::v1::Query query;
    std::string hash;
    WorkingKeys keys;
    uint64_t module_epoch = 0;
  };

  absl::StatusOr<Pending> Seal(const payments::v1::Query& query,
                               device::v1::BeginQueryResponse& response);
  absl::StatusOr<std::list<Pending>::iterator> Find(const std::string& exchange_id);
  void Drop(std::list<Pending>::iterator pending);
  void Learn(const Pending& pending, const device::v1::CompleteQueryResponse& response);
  void LearnPayment(const Pending& pending, const device::v1::CompleteQueryResponse& response);

  StateFile& state_;
  DeviceModule& module_;
  std::list<Pending> pending_;  // oldest first
  PayeeCache payees_;
  std::optional<uint32_t> dead_payment_;
};

}  // namespace signet::hsm_agent
