// A unary call whose work blocks: it runs on an executor of ours, never on gRPC's pollers, and is
// refused at once where the executor's queue is full.
#pragma once

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "grpcpp/support/server_callback.h"
#include "libs/program/log.h"
#include "libs/rpc/status_mapping.h"
#include "libs/rpc/trace.h"
#include "libs/serving/executor.h"

namespace signet::payment_platform {

// work fills the response and is not run where the caller has gone. Whatever it captures outlives
// the executor or is owned by it.
inline grpc::ServerUnaryReactor* Defer(serving::Executor& executor,
                                       grpc::CallbackServerContext* context,
                                       std::function<absl::Status()> work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool admitted = executor.TrySubmit([context, reactor, run = std::move(work)](size_t) {
    // The context is the caller's until Finish; after that nothing is logged.
    const serving::TraceScope trace(rpc::TraceIdOf(rpc::TraceparentOf(*context)));
    reactor->Finish(context->IsCancelled()
                        ? grpc::Status(grpc::StatusCode::CANCELLED, "the caller has gone")
                        : rpc::ToGrpc(run()));
  });
  if (!admitted) {
    reactor->Finish(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                                 "too many calls are waiting; nothing was done, try again later"));
  }
  return reactor;
}

}  // namespace signet::payment_platform
