#include "services/payment_platform/operator_service.h"

#include <utility>

#include "libs/rpc/peer_identity.h"
#include "services/payment_platform/deferred_call.h"

namespace signet::payment_platform {
namespace {

// The name in the operator's SPIFFE ID. The listener's policy has let operators only come this far.
absl::StatusOr<std::string> OperatorName(const grpc::CallbackServerContext& context) {
  const absl::StatusOr<rpc::PeerIdentity> peer = rpc::PeerIdentityOf(*context.auth_context());
  if (!peer.ok()) return peer.status();
  if (peer->role != rpc::Role::kOperator) {
    return absl::PermissionDeniedError("only an operator's certificate may do this");
  }
  return peer->name;
}

}  // namespace

OperatorService::OperatorService(Database& database, Batcher& batcher, const Clock& clock,
                                 LedgerMetrics& metrics, OperatorServiceOptions options)
    : version_(std::move(options.version)),
      actions_(database, batcher, clock, metrics),
      executor_(options.threads, options.queue_limit) {}

grpc::ServerUnaryReactor* OperatorService::CreateAccount(
    grpc::CallbackServerContext* context, const platform::v1::CreateAccountRequest* request,
    platform::v1::CreateAccountResponse* response) {
  return Defer(executor_, context, [=, this]() -> absl::Status {
    const absl::StatusOr<std::string> name = OperatorName(*context);
    return name.ok() ? actions_.CreateAccount(*request, *name, *response) : name.status();
  });
}

grpc::ServerUnaryReactor* OperatorService::GetAccount(
    grpc::CallbackServerContext* context, const platform::v1::GetAccountRequest* request,
    platform::v1::GetAccountResponse* response) {
  return Defer(executor_, context, [=, this] { return actions_.GetAccount(*request, *response); });
}

grpc::ServerUnaryReactor* OperatorService::SetAccountState(
    grpc::CallbackServerContext* context, const platform::v1::SetAccountStateRequest* request,
    platform::v1::SetAccountStateResponse* response) {
  return Defer(executor_, context, [=, this]() -> absl::Status {
    const absl::StatusOr<std::string> name = OperatorName(*context);
    return name.ok() ? actions_.SetAccountState(*request, *name, *response) : name.status();
  });
}

grpc::ServerUnaryReactor* OperatorService::AddDevice(grpc::CallbackServerContext* context,
                                                     const platform::v1::AddDeviceRequest* request,
                                                     platform::v1::AddDeviceResponse* response) {
  return Defer(executor_, context, [=, this]() -> absl::Status {
    const absl::StatusOr<std::string> name = OperatorName(*context);
    return name.ok() ? actions_.AddDevice(*request, *name, *response) : name.status();
  });
}

grpc::ServerUnaryReactor* OperatorService::ListDevices(
    grpc::CallbackServerContext* context, const platform::v1::ListDevicesRequest* request,
    platform::v1::ListDevicesResponse* response) {
  return Defer(executor_, context, [=, this] { return actions_.ListDevices(*request, *response); });
}

grpc::ServerUnaryReactor* OperatorService::SetDeviceState(
    grpc::CallbackServerContext* context, const platform::v1::SetDeviceStateRequest* request,
    platform::v1::SetDeviceStateResponse* response) {
  return Defer(executor_, context, [=, this]() -> absl::Status {
    const absl::StatusOr<std::string> name = OperatorName(*context);
    return name.ok() ? actions_.SetDeviceState(*request, *name, *response) : name.status();
  });
}

grpc::ServerUnaryReactor* OperatorService::VerifyLedger(
    grpc::CallbackServerContext* context, const platform::v1::VerifyLedgerRequest* /*request*/,
    platform::v1::VerifyLedgerResponse* response) {
  return Defer(executor_, context, [=, this] {
    return actions_.VerifyLedger([context] { return context->IsCancelled(); }, *response);
  });
}

grpc::ServerUnaryReactor* OperatorService::ListEvidence(
    grpc::CallbackServerContext* context, const platform::v1::ListEvidenceRequest* request,
    platform::v1::ListEvidenceResponse* response) {
  return Defer(executor_, context,
               [=, this] { return actions_.ListEvidence(*request, *response); });
}

grpc::ServerUnaryReactor* OperatorService::GetStatus(
    grpc::CallbackServerContext* context, const platform::v1::GetStatusRequest* /*request*/,
    platform::v1::GetStatusResponse* response) {
  return Defer(executor_, context, [=, this] { return actions_.GetStatus(version_, *response); });
}

}  // namespace signet::payment_platform
