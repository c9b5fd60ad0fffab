#include "hsm_agent/device_agent_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/pkcs11/fault.h"
#include "libs/program/log.h"
#include "libs/rpc/status_mapping.h"

namespace signet::hsm_agent {

using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;

absl::Status ToCallerStatus(const absl::Status& status) {
  if (pkcs11::IsModuleTrouble(status)) {
    return absl::InternalError(
        absl::StrCat(status.message(), "; the module is opened anew at the next try: try again"));
  }
  if (pkcs11::FaultOf(status) == pkcs11::Fault::kPin && !absl::IsUnauthenticated(status)) {
    return absl::FailedPreconditionError(status.message());
  }
  switch (status.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kResourceExhausted:
      return status;
    case absl::StatusCode::kOutOfRange:  // no counter is left
      return absl::FailedPreconditionError(status.message());
    default:  // UNAVAILABLE would say that the agent was not reached
      return absl::InternalError(status.message());
  }
}

template <typename Request, typename Response>
ServerUnaryReactor* DeviceAgentService::Serve(const char* name, CallbackServerContext* context,
                                              const Request* request, Response* response,
                                              Operation<Request, Response> operation) {
  ServerUnaryReactor* const reactor = context->DefaultReactor();
  const bool admitted = executor_.TrySubmit([=, this](size_t /*thread_index*/) {
    const Abandoned abandoned = [context] { return context->IsCancelled(); };
    if (abandoned()) {
      reactor->Finish(rpc::ToGrpc(absl::CancelledError("the caller left")));
      return;
    }
    absl::StatusOr<Response> result = (agent_.*operation)(*request, abandoned);
    const absl::Status status = ToCallerStatus(result.status());
    if (result.ok()) {
      *response = *std::move(result);
    } else {
      serving::LogWarning("operation_failed",
                          {{"operation", std::string(name)},
                           {"code", absl::StatusCodeToString(result.status().code())},
                           {"error", std::string(status.message())}});
    }
    reactor->Finish(rpc::ToGrpc(status));
  });
  if (!admitted) {
    reactor->Finish(rpc::ToGrpc(absl::ResourceExhaustedError("the agent is busy; try again")));
  }
  return reactor;
}

#define SIGNET_AGENT_METHOD(name)                                                             \
  ServerUnaryReactor* DeviceAgentService::name(CallbackServerContext* context,                \
                                               const device::v1::name##Request* request,      \
                                               device::v1::name##Response* response) {        \
    return Serve<device::v1::name##Request>(#name, context, request, response, &Agent::name); \
  }

SIGNET_AGENT_METHOD(DescribeModule)
SIGNET_AGENT_METHOD(BeginEnrollment)
SIGNET_AGENT_METHOD(CompleteEnrollment)
SIGNET_AGENT_METHOD(BeginQuery)
SIGNET_AGENT_METHOD(CompleteQuery)
SIGNET_AGENT_METHOD(BeginPayment)
SIGNET_AGENT_METHOD(ConfirmPayment)
SIGNET_AGENT_METHOD(CompletePayment)
SIGNET_AGENT_METHOD(DescribeOpenPayment)
SIGNET_AGENT_METHOD(AbandonPayment)

#undef SIGNET_AGENT_METHOD

}  // namespace signet::hsm_agent
