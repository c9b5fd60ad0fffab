// Passes one call on to the crypto service and its answer back.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "grpcpp/client_context.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "libs/program/log.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status_mapping.h"
#include "libs/rpc/trace.h"
#include "libs/serving/executor.h"
#include "services/gateway/upstream_status.h"

namespace signet::gateway {

// The state of a call under way, alive until the crypto service has answered. Cancelled with the
// caller's own call, and never longer than its deadline.
template <typename Request, typename Response>
struct UpstreamCall {
  UpstreamCall(const grpc::CallbackServerContext& caller, std::string own_traceparent,
               std::chrono::milliseconds timeout)
      : traceparent(std::move(own_traceparent)),
        context(grpc::ClientContext::FromCallbackServerContext(caller)) {
    rpc::SetDeadline(*context, timeout);
    rpc::SetTraceparent(*context, traceparent);
  }
  const std::string traceparent;
  std::unique_ptr<grpc::ClientContext> context;
  Request request;
  Response response;
};

// A caller whose call fails is told by which ID its lines are found in the logs.
inline void FinishWithRequestId(grpc::CallbackServerContext& context,
                                grpc::ServerUnaryReactor& reactor, std::string_view traceparent,
                                const grpc::Status& status) {
  if (!status.ok()) {
    context.AddTrailingMetadata(rpc::kRequestIdKey, std::string(rpc::TraceIdOf(traceparent)));
  }
  reactor.Finish(status);
}

// Ends the caller's call with the upstream status, without its details; those are logged. Leaves
// the admission first: after Finish nothing of the service may be touched.
inline void FinishCall(grpc::CallbackServerContext& context, grpc::ServerUnaryReactor& reactor,
                       std::string_view traceparent, serving::Admission& admission,
                       const char* method, const grpc::Status& upstream) {
  const serving::TraceScope trace(rpc::TraceIdOf(traceparent));
  if (!upstream.ok() && upstream.error_code() != grpc::StatusCode::PERMISSION_DENIED) {
    serving::LogWarning("upstream_error",
                        {{"method", std::string(method)},
                         {"code", absl::StatusCodeToString(rpc::FromGrpc(upstream).code())},
                         {"message", upstream.error_message()}});
  }
  admission.Leave();
  FinishWithRequestId(context, reactor, traceparent, ForCaller(upstream));
}

}  // namespace signet::gateway
