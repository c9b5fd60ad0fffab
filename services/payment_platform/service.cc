#include "services/payment_platform/service.h"

#include <atomic>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "libs/rpc/server.h"
#include "libs/rpc/server_metrics.h"
#include "libs/serving/admin_server.h"
#include "libs/serving/lifecycle.h"
#include "libs/serving/log.h"
#include "libs/serving/metrics.h"
#include "libs/serving/program.h"
#include "services/payment_platform/batcher.h"
#include "services/payment_platform/device_registry_handler.h"
#include "services/payment_platform/expiry_sweeper.h"
#include "services/payment_platform/operator_handler.h"
#include "services/payment_platform/processor_handler.h"
#include "services/payment_platform/store/database.h"
#include "services/payment_platform/store/migrations.h"

namespace signet::payment_platform {

namespace {

constexpr std::chrono::milliseconds kShutdownGrace{10'000};

const std::vector<std::string> kServices = {"signet.platform.v1.PaymentProcessor",
                                            "signet.platform.v1.DeviceRegistry",
                                            "signet.platform.v1.Operator"};

rpc::MethodPolicy Policy() {
  rpc::MethodPolicy policy;
  policy.Allow("/signet.platform.v1.PaymentProcessor/*", {rpc::Role::kCrypto})
      .Allow("/signet.platform.v1.DeviceRegistry/*", {rpc::Role::kCrypto})
      .Allow("/signet.platform.v1.Operator/*", {rpc::Role::kOperator})
      .AllowHealthAndReflection({rpc::Role::kCrypto, rpc::Role::kOperator});
  return policy;
}

// A database that cannot be reached at start ends the program, with what to look at.
absl::Status AtStart(const absl::Status& status) {
  if (!absl::IsUnavailable(status)) return status;
  return serving::WithExitCode(
      absl::UnavailableError(std::string(status.message()) +
                             "; check that Postgres runs and that --database (SIGNET_DATABASE) "
                             "names it, then start again"),
      serving::ExitCode::kUnreachable);
}

absl::StatusOr<int> MigrateDatabase(const PlatformOptions& options) {
  Connection connection(options.database);
  absl::StatusOr<int> version = Migrate(connection, EmbeddedMigrations());
  if (!version.ok()) return AtStart(version.status());
  return version;
}

std::vector<std::unique_ptr<LedgerStore>> MakeWriters(const PlatformOptions& options,
                                                      const Clock& clock,
                                                      DatabaseMetrics& metrics) {
  const Rules rules{options.authorization_seconds * 1000};
  std::vector<std::unique_ptr<LedgerStore>> writers;
  for (size_t i = 0; i < options.writers; ++i) {
    writers.push_back(std::make_unique<LedgerStore>(options.database, rules, clock, metrics));
  }
  return writers;
}

// The service's objects, in the order in which they need each other.
class Platform {
 public:
  static absl::StatusOr<std::unique_ptr<Platform>> Create(const PlatformOptions& options) {
    SIGNET_ASSIGN_OR_RETURN(const int version, MigrateDatabase(options));
    serving::LogInfo("database_ready", {{"schema_version", static_cast<int64_t>(version)}});
    auto metrics = std::make_unique<serving::Metrics>();
    auto database_metrics = std::make_unique<DatabaseMetrics>(*metrics);
    absl::StatusOr<std::unique_ptr<Database>> database =
        Database::Open({options.database, options.database_connections}, *database_metrics);
    if (!database.ok()) return AtStart(database.status());
    return std::unique_ptr<Platform>(new Platform(
        options, std::move(metrics), std::move(database_metrics), *std::move(database)));
  }

  absl::Status Serve(const PlatformOptions& options) {
    SIGNET_ASSIGN_OR_RETURN(auto credentials,
                            rpc::MutualTlsServer(options.tls, Policy(), calls_.Denied()));
    SIGNET_RETURN_IF_ERROR(rpc::ExportCertificateExpiry(*metrics_, options.tls.certificate));
    rpc::ListenerOptions listener{options.listen, std::move(credentials)};
    listener.calls = &calls_;
    listener.max_message_bytes = rpc::kCallStreamMessageBytes;
    SIGNET_ASSIGN_OR_RETURN(rpc::RunningServer server,
                            rpc::StartServer(listener, {&processor_, &registry_, &operator_}));
    absl::Status served = ServeUntilSignalled(options, server.address);
    draining_ = true;
    processor_.Drain();
    rpc::DrainServer(server, kShutdownGrace);
    return served;
  }

  // After Serve: the network is gone, what was admitted is finished.
  ~Platform() {
    sweeper_.Stop();
    registry_.Stop();
    operator_.Stop();
    batcher_.Stop();
  }

 private:
  Platform(const PlatformOptions& options, std::unique_ptr<serving::Metrics> metrics,
           std::unique_ptr<DatabaseMetrics> database_metrics, std::unique_ptr<Database> database)
      : metrics_(std::move(metrics)),
        calls_(*metrics_, kServices),
        database_metrics_(std::move(database_metrics)),
        database_(std::move(database)),
        batcher_(MakeWriters(options, clock_, *database_metrics_),
                 {options.queue_limit, options.max_batch}, *metrics_),
        processor_(batcher_, &calls_),
        registry_(*database_, clock_, *metrics_),
        operator_(*database_, batcher_, clock_, *metrics_, {SIGNET_VERSION}),
        sweeper_(*database_, batcher_, clock_) {}

  absl::Status ServeUntilSignalled(const PlatformOptions& options, const std::string& address) {
    SIGNET_ASSIGN_OR_RETURN(
        std::unique_ptr<serving::AdminServer> admin,
        serving::AdminServer::Start(options.admin_listen, *metrics_, [this] { return Ready(); }));
    sweeper_.Start();
    SIGNET_RETURN_IF_ERROR(serving::AnnounceReady(
        options.ready_file, "listen=" + address + "\nadmin=" + admin->address() + "\n"));
    serving::LogInfo("serving", {{"address", address}, {"admin", admin->address()}});
    serving::WaitForShutdown();
    serving::LogInfo("shutting_down");
    return absl::OkStatus();
  }

  absl::Status Ready() {
    if (draining_) return absl::UnavailableError("shutting down");
    return database_->Ping();
  }

  SystemClock clock_;
  std::atomic<bool> draining_{false};
  std::unique_ptr<serving::Metrics> metrics_;
  rpc::ServerMetrics calls_;
  std::unique_ptr<DatabaseMetrics> database_metrics_;
  std::unique_ptr<Database> database_;
  Batcher batcher_;
  ProcessorHandler processor_;
  DeviceRegistryHandler registry_;
  OperatorHandler operator_;
  ExpirySweeper sweeper_;
};

}  // namespace

absl::Status RunPlatform(const PlatformOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(std::unique_ptr<Platform> platform, Platform::Create(options));
  return platform->Serve(options);
}

absl::Status MigratePlatform(const PlatformOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const int version, MigrateDatabase(options));
  std::printf("the database's schema has version %d\n", version);
  return absl::OkStatus();
}

}  // namespace signet::payment_platform
