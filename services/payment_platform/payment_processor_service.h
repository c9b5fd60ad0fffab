// The PaymentProcessor service: hands messages to the batcher and never waits.
#pragma once

#include "libs/rpc/call_stream/call_stream_server.h"
#include "services/payment_platform/batcher.h"
#include "signet/platform/v1/processor.grpc.pb.h"

namespace signet::payment_platform {

class PaymentProcessorService final : public platform::v1::PaymentProcessor::CallbackService {
 public:
  using Streams = rpc::CallStreamServer<platform::v1::ProcessBatch, platform::v1::ProcessAnswers>;

  // The batcher outlives it; calls (optional) outlives the server.
  explicit PaymentProcessorService(Batcher& batcher, rpc::CallObserver* calls = nullptr);

  Streams::Reactor* Process(grpc::CallbackServerContext* context) override {
    return streams_.Open(context);
  }
  // Before the server is shut down.
  void Drain() { streams_.Drain(); }

 private:
  void Handle(std::unique_ptr<Streams::Call> call);

  Batcher& batcher_;
  Streams streams_;
};

}  // namespace signet::payment_platform
