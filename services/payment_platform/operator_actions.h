// What an operator can do, without the network: validates, acts on the stores, fills the answer.
// Blocks on the database. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/clock.h"
#include "libs/serving/executor.h"
#include "services/payment_platform/batcher.h"
#include "services/payment_platform/ledger_metrics.h"
#include "services/payment_platform/store/postgres/database.h"
#include "signet/platform/v1/operator.pb.h"

namespace signet::payment_platform {

class OperatorActions {
 public:
  OperatorActions(Database& database, Batcher& batcher, const Clock& clock, LedgerMetrics& metrics)
      : database_(database), batcher_(batcher), clock_(clock), ledger_metrics_(metrics) {}

  // operator_name: for the audit.
  absl::Status CreateAccount(const platform::v1::CreateAccountRequest& request,
                             const std::string& operator_name,
                             platform::v1::CreateAccountResponse& response);
  absl::Status GetAccount(const platform::v1::GetAccountRequest& request,
                          platform::v1::GetAccountResponse& response);
  absl::Status SetAccountState(const platform::v1::SetAccountStateRequest& request,
                               const std::string& operator_name,
                               platform::v1::SetAccountStateResponse& response);
  absl::Status AddDevice(const platform::v1::AddDeviceRequest& request,
                         const std::string& operator_name,
                         platform::v1::AddDeviceResponse& response);
  absl::Status ListDevices(const platform::v1::ListDevicesRequest& request,
                           platform::v1::ListDevicesResponse& response);
  absl::Status SetDeviceState(const platform::v1::SetDeviceStateRequest& request,
                              const std::string& operator_name,
                              platform::v1::SetDeviceStateResponse& response);
  // One at a time: RESOURCE_EXHAUSTED while another runs. cancelled is asked between pages.
  absl::Status VerifyLedger(const std::function<bool()>& cancelled,
                            platform::v1::VerifyLedgerResponse& response);
  absl::Status ListEvidence(const platform::v1::ListEvidenceRequest& request,
                            platform::v1::ListEvidenceResponse& response);
  absl::Status GetStatus(const std::string& version, platform::v1::GetStatusResponse& response);

 private:
  Database& database_;
  Batcher& batcher_;
  const Clock& clock_;
  LedgerMetrics& ledger_metrics_;
  serving::Admission verification_{1};
};

}  // namespace signet::payment_platform
