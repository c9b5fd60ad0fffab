// One call whose end arrives on a completion queue: a unary one, or one over a shared stream. May
// be started again once it has ended.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "grpcpp/alarm.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/support/async_unary_call.h"
#include "libs/rpc/call_stream/call_stream_client.h"
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

template <typename Batch, typename Answers>
class StreamedCall {
 public:
  using Client = rpc::CallStreamClient<Batch, Answers>;

  void Start(Client& client, grpc::CompletionQueue& queue, QueueEvent& done) {
    client.Call(request, kCallTimeout,
                [this, &queue, &done](const grpc::Status& ended, auto& answer) {
                  status = ended;
                  response.Swap(&answer);
                  alarm_.emplace();  // one that is due at once: it brings the end to the queue
                  alarm_->Set(&queue, gpr_inf_past(GPR_CLOCK_MONOTONIC), &done);
                });
  }

  rpc::RequestOf<Batch> request;
  rpc::ResponseOf<Answers> response;
  grpc::Status status;

 private:
  std::optional<grpc::Alarm> alarm_;
};

}  // namespace signet::bench
