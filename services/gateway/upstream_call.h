// Passes one call on to the crypto service and its answer back.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "grpcpp/client_context.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "libs/rpc/channel.h"
#include "libs/serving/executor.h"
#include "libs/serving/log.h"
#include "services/gateway/upstream_status.h"

namespace signet::gateway {

// The state of a call under way, alive until the crypto service has answered. Cancelled with the
// caller's own call, and never longer than its deadline.
template <typename Request, typename Response>
struct UpstreamCall {
  UpstreamCall(const grpc::CallbackServerContext& caller, std::chrono::milliseconds timeout)
      : context(grpc::ClientContext::FromCallbackServerContext(caller)) {
    rpc::SetDeadline(*context, timeout);
  }
  std::unique_ptr<grpc::ClientContext> context;
  Request request;
  Response response;
};

// Ends the caller's call with the upstream status, without its details; those are logged. Leaves
// the admission first: after Finish nothing of the service may be touched.
inline void FinishCall(grpc::ServerUnaryReactor& reactor, serving::Admission& admission,
                       const char* method, const grpc::Status& upstream) {
  if (!upstream.ok() && upstream.error_code() != grpc::StatusCode::PERMISSION_DENIED) {
    serving::LogWarning("upstream_error", {{"method", std::string(method)},
                                           {"code", static_cast<int64_t>(upstream.error_code())},
                                           {"message", upstream.error_message()}});
  }
  admission.Leave();
  reactor.Finish(ForCaller(upstream));
}

}  // namespace signet::gateway
