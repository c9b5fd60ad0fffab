#include "services/gateway/server.h"

#include <chrono>
#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/tls.h"
#include "libs/rpc/tls_files.h"
#include "libs/serving/rpc_metrics.h"
#include "libs/serving/service.h"
#include "services/gateway/crypto_watch.h"
#include "services/gateway/enrollment_gateway_service.h"
#include "services/gateway/payment_gateway_service.h"

namespace signet::gateway {
namespace {

constexpr size_t kMaxTrackedCallers = 65'536;
// Of connections whose peer is anonymous. Each costs 80 kB, so they must not stay.
constexpr int kEnrollmentStreams = 16;
constexpr std::chrono::seconds kEnrollmentIdle{3};
constexpr char kEnrollMethod[] = "/signet.gateway.v1.EnrollmentGateway/Enroll";

absl::StatusOr<rpc::RunningServer> StartDeviceListener(const GatewayOptions& options,
                                                       rpc::ServerMetrics& calls,
                                                       PaymentService& service) {
  rpc::MethodPolicy policy;
  policy.Allow("/signet.gateway.v1.PaymentGateway/*", {rpc::Role::kDevice});
  const rpc::TlsFiles files{options.tls.certificate, options.tls.private_key, options.device_ca};
  rpc::ListenerOptions listener;
  listener.address = options.listen;
  listener.calls = &calls;
  SIGNET_ASSIGN_OR_RETURN(listener.credentials,
                          rpc::MutualTlsServer(files, policy, calls.Denied()));
  return rpc::StartServer(listener, {&service});
}

absl::StatusOr<rpc::RunningServer> StartEnrollmentListener(const GatewayOptions& options,
                                                           rpc::ServerMetrics& calls,
                                                           EnrollmentService& service) {
  rpc::MethodPolicy policy;
  policy.AllowAnonymous(kEnrollMethod);
  const rpc::TlsFiles files{options.tls.certificate, options.tls.private_key, ""};
  rpc::ListenerOptions listener;
  listener.address = options.enrollment_listen;
  listener.max_concurrent_streams = kEnrollmentStreams;
  listener.max_connection_idle = kEnrollmentIdle;
  listener.calls = &calls;
  SIGNET_ASSIGN_OR_RETURN(listener.credentials, rpc::ServerOnlyTls(files, policy, calls.Denied()));
  return rpc::StartServer(listener, {&service});
}

}  // namespace

absl::Status CheckFiles(const GatewayOptions& options) {
  SIGNET_RETURN_IF_ERROR(rpc::CheckServiceFiles(options.tls, rpc::Role::kGateway));
  return rpc::CheckTrustRoots(options.device_ca);
}

absl::Status RunGateway(const GatewayOptions& options) {
  rpc::LogGrpcErrors();
  const std::chrono::milliseconds upstream_timeout(options.upstream_timeout_ms);
  const std::chrono::milliseconds grace = options.service.shutdown_grace();
  SIGNET_ASSIGN_OR_RETURN(const auto service, serving::Service::Start(options.service));
  serving::Metrics& metrics = service->metrics();

  const SystemClock clock;
  GatewayMetrics gateway_metrics(metrics);
  rpc::ServerMetrics calls(
      metrics, {"signet.gateway.v1.PaymentGateway", "signet.gateway.v1.EnrollmentGateway"});
  rpc::ExportCertificateExpiry(metrics, options.tls.certificate);
  SIGNET_RETURN_IF_ERROR(service->Await("its TLS files", [&] { return CheckFiles(options); }));

  SIGNET_ASSIGN_OR_RETURN(const auto credentials, rpc::MutualTlsClient(options.tls));
  rpc::ClientMetrics crypto_calls(
      metrics, {"signet.crypto.v1.SealedExchange", "signet.crypto.v1.Enrollment"});
  const auto channel =
      rpc::Connect(options.crypto_address, "signet-crypto", credentials, &crypto_calls);
  const auto exchange_stub = crypto::v1::SealedExchange::NewStub(channel);
  Exchanges exchange(
      "/signet.crypto.v1.SealedExchange/Exchange",
      [&](grpc::ClientContext* context, auto* reactor) {
        exchange_stub->async()->Exchange(context, reactor);
      },
      &crypto_calls);
  const auto enrollment = crypto::v1::Enrollment::NewStub(channel);

  RateLimiter device_limiter(options.device, kMaxTrackedCallers, clock);
  RateLimiter peer_limiter(options.enrollment_peer, kMaxTrackedCallers, clock);
  RateLimiter total_limiter(options.enrollment_total, 1, clock);
  serving::Admission admission(options.max_under_way);
  serving::Admission enrollment_admission(options.max_enrollments_under_way);
  PaymentService payments(exchange, device_limiter, admission, options.max_under_way / 4,
                          gateway_metrics, upstream_timeout);
  EnrollmentService enrollments(*enrollment, peer_limiter, total_limiter, enrollment_admission,
                                gateway_metrics, upstream_timeout);

  SIGNET_ASSIGN_OR_RETURN(rpc::RunningServer devices,
                          StartDeviceListener(options, calls, payments));
  SIGNET_ASSIGN_OR_RETURN(rpc::RunningServer enrolling,
                          StartEnrollmentListener(options, calls, enrollments));
  const CryptoWatch crypto_watch(*exchange_stub, options.crypto_address, metrics);
  SIGNET_RETURN_IF_ERROR(
      service->Announce("listen=" + devices.address + "\nenrollment=" + enrolling.address + "\n",
                        [&crypto_watch] { return crypto_watch.Ready(); }));
  service->WaitForStop();
  rpc::DrainServer(enrolling, grace);
  rpc::DrainServer(devices, grace);
  return absl::OkStatus();
}

}  // namespace signet::gateway
