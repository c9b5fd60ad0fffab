// The door for devices that have no certificate yet. Whoever knocks is anonymous, so it is narrow.
#pragma once

#include <chrono>
#include <string>

#include "libs/serving/executor.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/rate_limiter.h"
#include "signet/crypto/v1/crypto.grpc.pb.h"
#include "signet/gateway/v1/gateway.grpc.pb.h"

namespace signet::gateway {

// Everything given must outlive the server that this is registered with.
class EnrollmentService final : public v1::EnrollmentGateway::CallbackService {
 public:
  // peer_limiter: per network; total_limiter: for all together. admission: not that of payments,
  // which an enrollment must never keep out.
  EnrollmentService(crypto::v1::Enrollment::StubInterface& crypto, RateLimiter& peer_limiter,
                    RateLimiter& total_limiter, serving::Admission& admission,
                    GatewayMetrics& metrics, std::chrono::milliseconds upstream_timeout)
      : crypto_(crypto),
        peer_limiter_(peer_limiter),
        total_limiter_(total_limiter),
        admission_(admission),
        metrics_(metrics),
        upstream_timeout_(upstream_timeout) {}

  grpc::ServerUnaryReactor* Enroll(grpc::CallbackServerContext* context,
                                   const v1::EnrollRequest* request,
                                   v1::EnrollResponse* response) override;

 private:
  // Enters the admission where it is OK.
  grpc::Status Admit(const v1::EnrollRequest& request, const std::string& network);

  crypto::v1::Enrollment::StubInterface& crypto_;
  RateLimiter& peer_limiter_;
  RateLimiter& total_limiter_;
  serving::Admission& admission_;
  GatewayMetrics& metrics_;
  const std::chrono::milliseconds upstream_timeout_;
};

}  // namespace signet::gateway
