// The Operator service. Its database work runs on threads of its own.
#pragma once

#include <cstddef>
#include <string>

#include "libs/serving/executor.h"
#include "services/payment_platform/operator_actions.h"
#include "signet/platform/v1/operator.grpc.pb.h"

namespace signet::payment_platform {

struct OperatorServiceOptions {
  std::string version;  // of this program, for GetStatus
  size_t threads = 2;
  size_t queue_limit = 64;
};

class OperatorService final : public platform::v1::Operator::CallbackService {
 public:
  OperatorService(Database& database, Batcher& batcher, const Clock& clock, LedgerMetrics& metrics,
                  OperatorServiceOptions options);
  // After the server was shut down.
  void Stop() { executor_.Stop(); }

  grpc::ServerUnaryReactor* CreateAccount(grpc::CallbackServerContext* context,
                                          const platform::v1::CreateAccountRequest* request,
                                          platform::v1::CreateAccountResponse* response) override;
  grpc::ServerUnaryReactor* GetAccount(grpc::CallbackServerContext* context,
                                       const platform::v1::GetAccountRequest* request,
                                       platform::v1::GetAccountResponse* response) override;
  grpc::ServerUnaryReactor* SetAccountState(
      grpc::CallbackServerContext* context, const platform::v1::SetAccountStateRequest* request,
      platform::v1::SetAccountStateResponse* response) override;
  grpc::ServerUnaryReactor* AddDevice(grpc::CallbackServerContext* context,
                                      const platform::v1::AddDeviceRequest* request,
                                      platform::v1::AddDeviceResponse* response) override;
  grpc::ServerUnaryReactor* ListDevices(grpc::CallbackServerContext* context,
                                        const platform::v1::ListDevicesRequest* request,
                                        platform::v1::ListDevicesResponse* response) override;
  grpc::ServerUnaryReactor* SetDeviceState(grpc::CallbackServerContext* context,
                                           const platform::v1::SetDeviceStateRequest* request,
                                           platform::v1::SetDeviceStateResponse* response) override;
  grpc::ServerUnaryReactor* VerifyLedger(grpc::CallbackServerContext* context,
                                         const platform::v1::VerifyLedgerRequest* request,
                                         platform::v1::VerifyLedgerResponse* response) override;
  grpc::ServerUnaryReactor* ListEvidence(grpc::CallbackServerContext* context,
                                         const platform::v1::ListEvidenceRequest* request,
                                         platform::v1::ListEvidenceResponse* response) override;
  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const platform::v1::GetStatusRequest* request,
                                      platform::v1::GetStatusResponse* response) override;

 private:
  const std::string version_;
  OperatorActions actions_;
  serving::Executor executor_;
};

}  // namespace signet::payment_platform
