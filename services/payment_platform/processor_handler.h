// The PaymentProcessor service: hands messages to the batcher and never waits.
#pragma once

#include "services/payment_platform/batcher.h"
#include "signet/platform/v1/processor.grpc.pb.h"

namespace signet::payment_platform {

class ProcessorHandler final : public platform::v1::PaymentProcessor::CallbackService {
 public:
  // The batcher outlives it.
  explicit ProcessorHandler(Batcher& batcher) : batcher_(batcher) {}

  grpc::ServerUnaryReactor* Process(grpc::CallbackServerContext* context,
                                    const platform::v1::ProcessRequest* request,
                                    platform::v1::ProcessResponse* response) override;

 private:
  Batcher& batcher_;
};

}  // namespace signet::payment_platform
