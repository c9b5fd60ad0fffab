// The devices' door: admits a sealed message and passes it to the crypto service. It cannot read
// it.
#pragma once

#include <chrono>
#include <memory>

#include "libs/rpc/call_stream/call_stream_client.h"
#include "libs/serving/executor.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/rate_limiter.h"
#include "signet/crypto/v1/crypto.grpc.pb.h"
#include "signet/gateway/v1/gateway.grpc.pb.h"

namespace signet::gateway {

using Exchanges = rpc::CallStreamClient<crypto::v1::ExchangeBatch, crypto::v1::ExchangeAnswers>;

// Everything given must outlive the server that this is registered with.
class PaymentService final : public v1::PaymentGateway::CallbackService {
 public:
  // places_for_begun: of the admission's, how many new payments may not take.
  PaymentService(Exchanges& crypto, RateLimiter& device_limiter, serving::Admission& admission,
                 size_t places_for_begun, GatewayMetrics& metrics,
                 std::chrono::milliseconds upstream_timeout)
      : crypto_(crypto),
        device_limiter_(device_limiter),
        admission_(admission),
        places_for_begun_(places_for_begun),
        metrics_(metrics),
        upstream_timeout_(upstream_timeout) {}

  grpc::ServerUnaryReactor* Exchange(grpc::CallbackServerContext* context,
                                     const v1::ExchangeRequest* request,
                                     v1::ExchangeResponse* response) override;

 private:
  // Enters the admission where it is OK.
  grpc::Status Admit(const v1::ExchangeRequest& request, uint32_t device_id);

  Exchanges& crypto_;
  RateLimiter& device_limiter_;
  serving::Admission& admission_;
  const size_t places_for_begun_;
  GatewayMetrics& metrics_;
  const std::chrono::milliseconds upstream_timeout_;
};

}  // namespace signet::gateway
