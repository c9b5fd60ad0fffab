// One unary call on a completion queue. May be started again once it has ended.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/support/async_unary_call.h"
#include "libs/rpc/channel.h"

namespace signet::bench {

// What a tag of the completion queue points at.
class QueueEvent {
 public:
  virtual ~QueueEvent() = default;
  virtual void Proceed(bool ok) = 0;
};

inline constexpr std::chrono::seconds kCallTimeout{10};

template <typename Request, typename Response>
class AsyncCall {
 public:
  // prepare(context, request, queue): a stub's PrepareAsync method. done: told of the end.
  template <typename Prepare>
  void Start(const Prepare& prepare, grpc::CompletionQueue& queue, QueueEvent& done) {
    context_.emplace();
    rpc::SetDeadline(*context_, kCallTimeout);
    reader_ = prepare(&*context_, request, &queue);
    reader_->StartCall();
    reader_->Finish(&response, &status, &done);
  }

  Request request;
  Response response;
  grpc::Status status;

 private:
  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader_;
};

}  // namespace signet::bench
