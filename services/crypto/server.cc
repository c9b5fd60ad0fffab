#include "services/crypto/server.h"

#include <chrono>
#include <utility>

#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "libs/program/program.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/method_policy.h"
#include "libs/rpc/server.h"
#include "libs/rpc/tls_files.h"
#include "libs/serving/rpc_metrics.h"
#include "libs/serving/service.h"
#include "services/crypto/device_ca.h"
#include "services/crypto/enrollment_service.h"
#include "services/crypto/sealed_exchange_service.h"

namespace signet::crypto {
namespace {

constexpr char kExchangeService[] = "signet.crypto.v1.SealedExchange";
constexpr char kEnrollmentService[] = "signet.crypto.v1.Enrollment";
// How long /readyz waits for the platform's connection to come up.
constexpr std::chrono::milliseconds kReadinessWait{500};

class Graph final : public CryptoServer {
 public:
  Graph(const ServerOptions& options, std::unique_ptr<serving::Service> service,
        const std::shared_ptr<grpc::ChannelCredentials>& credentials)
      : options_(options),
        service_(std::move(service)),
        hsm_metrics_(metrics_),
        refusals_(metrics_),
        device_keys_(options.device_key_cache),
        admission_(options.in_flight_limit),
        enrollment_admission_(options.enrollment_limit),
        platform_(rpc::Connect(options.platform_address, "signet-platform", credentials,
                               &platform_calls_)),
        registry_(platform_),
        processor_stub_(platform_),
        processor_(std::make_unique<Processor>(
            "/signet.platform.v1.PaymentProcessor/Process",
            [this](grpc::ClientContext* context, auto* reactor) {
              processor_stub_.async()->Process(context, reactor);
            },
            &platform_calls_)) {}
  ~Graph() override;

  absl::Status AwaitHsm() {
    return service_->Await("the hardware module", [this] { return OpenHsm(); });
  }
  absl::Status Serve();
  std::string address() const override { return server_.address; }
  std::string admin_address() const override { return service_->admin_address(); }
  void WaitForStop() override { service_->WaitForStop(); }

 private:
  absl::Status OpenHsm();
  absl::Status Ready();
  absl::Status MakeServices();

  const ServerOptions options_;
  const std::unique_ptr<serving::Service> service_;
  serving::Metrics& metrics_ = service_->metrics();
  SystemClock clock_;
  rpc::ServerMetrics rpc_metrics_{metrics_, {kExchangeService, kEnrollmentService}};
  rpc::ClientMetrics platform_calls_{
      metrics_, {"signet.platform.v1.PaymentProcessor", "signet.platform.v1.DeviceRegistry"}};
  HsmMetrics hsm_metrics_;
  RefusalLog refusals_;
  DeviceKeyCache device_keys_;
  serving::Admission admission_;
  serving::Admission enrollment_admission_;
  std::shared_ptr<grpc::Channel> platform_;
  platform::v1::DeviceRegistry::Stub registry_;
  platform::v1::PaymentProcessor::Stub processor_stub_;
  std::unique_ptr<Processor> processor_;
  std::unique_ptr<ServerHsm> hsm_;
  std::string device_ca_der_;
  std::unique_ptr<HsmThreads> threads_;
  std::unique_ptr<CallShared> shared_;
  std::unique_ptr<CallShared> enrollment_shared_;
  std::unique_ptr<SealedExchangeService> exchange_;
  std::unique_ptr<EnrollmentService> enrollment_;
  rpc::RunningServer server_;
};

// Some modules (SoftHSM 2.6.1) crash a process that ends while a thread is inside them: gRPC first,
// then the threads, then C_Finalize by the end of hsm_.
Graph::~Graph() {
  service_->BeginStop();
  if (exchange_ != nullptr) exchange_->Drain();
  if (server_.server != nullptr) rpc::DrainServer(server_, options_.service.shutdown_grace());
  processor_.reset();  // ends what it still has under way, none of which then needs a thread
  if (threads_ != nullptr) threads_->Stop();
}

absl::Status Graph::OpenHsm() {
  SIGNET_ASSIGN_OR_RETURN(hsm_, ServerHsm::Open(options_.hsm, hsm_metrics_));
  auto device_ca = LoadDeviceCa(options_.device_ca_file, hsm_->device_ca_public_der());
  if (!device_ca.ok()) {
    return serving::WithExitCode(device_ca.status(), serving::ExitCode::kHardwareModule);
  }
  device_ca_der_ = *std::move(device_ca);
  return absl::OkStatus();
}

absl::Status Graph::MakeServices() {
  SIGNET_ASSIGN_OR_RETURN(const auto device_ca, openssl::TrustAnchor::Parse(device_ca_der_));
  threads_ = std::make_unique<HsmThreads>(options_.hsm.sessions, options_.queue_limit);
  const std::chrono::milliseconds platform_timeout(options_.platform_timeout_ms);
  shared_ = std::make_unique<CallShared>(CallShared{*threads_, admission_, platform_timeout});
  enrollment_shared_ =
      std::make_unique<CallShared>(CallShared{*threads_, enrollment_admission_, platform_timeout});
  exchange_ = std::make_unique<SealedExchangeService>(
      ExchangeParts{*shared_, *hsm_, clock_, device_keys_, refusals_, registry_, *processor_,
                    options_.hsm.bdk_id, device_ca},
      &rpc_metrics_);
  enrollment_ = std::make_unique<EnrollmentService>(
      EnrollmentParts{*enrollment_shared_, *hsm_, clock_, registry_, options_.hsm.bdk_id,
                      device_ca_der_, options_.certificate_validity_days},
      metrics_);
  return absl::OkStatus();
}

absl::Status Graph::Serve() {
  SIGNET_RETURN_IF_ERROR(MakeServices());
  rpc::ExportCertificateExpiry(metrics_, options_.tls.certificate);
  rpc::MethodPolicy policy;
  policy.Allow(std::string("/") + kExchangeService + "/*", {rpc::Role::kGateway})
      .Allow(std::string("/") + kEnrollmentService + "/*", {rpc::Role::kGateway});
  rpc::ListenerOptions listener;
  listener.address = options_.listen;
  listener.max_message_bytes = rpc::kCallStreamMessageBytes;
  listener.calls = &rpc_metrics_;
  SIGNET_ASSIGN_OR_RETURN(listener.credentials,
                          rpc::MutualTlsServer(options_.tls, policy, rpc_metrics_.Denied()));
  SIGNET_ASSIGN_OR_RETURN(server_,
                          rpc::StartServer(listener, {exchange_.get(), enrollment_.get()}));
  return service_->Announce("listen=" + server_.address + "\n", [this] { return Ready(); });
}

// On the admin server's thread, which may wait.
absl::Status Graph::Ready() {
  SIGNET_RETURN_IF_ERROR(hsm_->Ready());
  if (!platform_->WaitForConnected(std::chrono::system_clock::now() + kReadinessWait)) {
    return absl::UnavailableError("the platform does not answer at " + options_.platform_address);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<CryptoServer>> CryptoServer::Start(const ServerOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(auto service, serving::Service::Start(options.service));
  const absl::Status files = service->Await(
      "its TLS files", [&] { return rpc::CheckServiceFiles(options.tls, rpc::Role::kCrypto); });
  if (absl::IsCancelled(files)) return files;
  if (!files.ok()) return serving::WithExitCode(files, serving::ExitCode::kUsage);
  SIGNET_ASSIGN_OR_RETURN(const auto credentials, rpc::MutualTlsClient(options.tls));
  auto graph = std::make_unique<Graph>(options, std::move(service), credentials);
  SIGNET_RETURN_IF_ERROR(graph->AwaitHsm());
  SIGNET_RETURN_IF_ERROR(graph->Serve());
  return std::unique_ptr<CryptoServer>(std::move(graph));
}

absl::Status RunServer(const ServerOptions& options) {
  rpc::LogGrpcErrors();
  SIGNET_ASSIGN_OR_RETURN(auto server, CryptoServer::Start(options));
  server->WaitForStop();
  return absl::OkStatus();
}

}  // namespace signet::crypto
