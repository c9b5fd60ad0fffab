#include "services/crypto/unary_call.h"

#include <utility>

#include "libs/program/log.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/trace.h"

namespace signet::crypto {
namespace {

// Enrollments all run on the thread of this device ID: they take milliseconds, and leave the other
// threads to payments.
constexpr uint32_t kEnrollmentThread = 0;

}  // namespace

grpc::Status Overloaded() {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "overloaded, nothing was done; try again later"};
}

UnaryCall::UnaryCall(grpc::CallbackServerContext& context, CallShared& shared)
    : context_(context),
      shared_(shared),
      traceparent_(rpc::NextTraceparent(rpc::TraceparentOf(context))) {}

bool UnaryCall::Enter() {
  const bool entered = shared_.admission.TryEnter();
  entered_ = entered;
  if (!entered) Reply(Overloaded());
  return entered;
}

void UnaryCall::RunNew(serving::Executor::Task step) {
  if (!shared_.threads.TrySubmit(kEnrollmentThread, Traced(std::move(step)))) Reply(Overloaded());
}

void UnaryCall::RunAdmitted(serving::Executor::Task step) {
  shared_.threads.SubmitAdmitted(kEnrollmentThread, Traced(std::move(step)));
}

serving::Executor::Task UnaryCall::Traced(serving::Executor::Task step) {
  return [this, run = std::move(step)](size_t thread) {
    const serving::TraceScope trace(rpc::TraceIdOf(traceparent_));
    run(thread);
  };
}

grpc::ClientContext* UnaryCall::NextPlatformCall() {
  platform_call_ = grpc::ClientContext::FromCallbackServerContext(context_);
  rpc::SetDeadline(*platform_call_, shared_.platform_timeout);
  rpc::SetTraceparent(*platform_call_, traceparent_);
  return platform_call_.get();
}

void UnaryCall::Reply(const grpc::Status& status) {
  if (entered_) shared_.admission.Leave();
  Finish(status);
}

}  // namespace signet::crypto
