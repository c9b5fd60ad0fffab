#include "services/payment_platform/server.h"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "libs/program/log.h"
#include "libs/program/program.h"
#include "libs/program/standard_streams.h"
#include "libs/rpc/server.h"
#include "libs/rpc/tls_files.h"
#include "libs/serving/rpc_metrics.h"
#include "libs/serving/service.h"
#include "services/payment_platform/batcher.h"
#include "services/payment_platform/database_monitor.h"
#include "services/payment_platform/device_registry_service.h"
#include "services/payment_platform/expiry_sweeper.h"
#include "services/payment_platform/ledger_monitor.h"
#include "services/payment_platform/operator_service.h"
#include "services/payment_platform/payment_processor_service.h"
#include "services/payment_platform/store/postgres/commit_watch.h"
#include "services/payment_platform/store/postgres/connection.h"
#include "services/payment_platform/store/postgres/database.h"
#include "services/payment_platform/store/postgres/migrations.h"

namespace signet::payment_platform {

namespace {

const std::vector<std::string> kServices = {"signet.platform.v1.PaymentProcessor",
                                            "signet.platform.v1.DeviceRegistry",
                                            "signet.platform.v1.Operator"};

rpc::MethodPolicy Policy() {
  rpc::MethodPolicy policy;
  policy.Allow("/signet.platform.v1.PaymentProcessor/*", {rpc::Role::kCrypto})
      .Allow("/signet.platform.v1.DeviceRegistry/*", {rpc::Role::kCrypto})
      .Allow("/signet.platform.v1.Operator/*", {rpc::Role::kOperator});
  for (const char* reads :
       {"GetAccount", "ListDevices", "VerifyLedger", "ListEvidence", "GetStatus"}) {
    policy.Allow(std::string("/signet.platform.v1.Operator/") + reads,
                 {rpc::Role::kOperator, rpc::Role::kAuditor});
  }
  return policy;
}

// A database that cannot be reached, or written, at start ends the program, with what to look at.
absl::Status AtStart(const absl::Status& status) {
  if (!absl::IsUnavailable(status)) return status;
  const bool reached = NeedOf(status) != Need::kConnection;
  return serving::WithExitCode(
      absl::UnavailableError(
          std::string(status.message()) +
          (reached ? "; then start again"
                   : "; check that Postgres runs and that --database (SIGNET_DATABASE) names it, "
                     "then start again")),
      serving::ExitCode::kUnreachable);
}

ConnectionOptions ConnectionOf(const PlatformOptions& options, CommitWatch* commits) {
  ConnectionOptions connection(options.database);
  connection.commit_wait = std::chrono::seconds(options.commit_wait_seconds);
  connection.require_synchronous_standby = options.require_synchronous_standby;
  connection.commits = commits;
  return connection;
}

absl::StatusOr<int> MigrateDatabase(const ConnectionOptions& options) {
  Connection connection(options);
  return Migrate(connection, EmbeddedMigrations());
}

std::vector<std::unique_ptr<LedgerStore>> MakeWriters(const PlatformOptions& options,
                                                      const ConnectionOptions& connection,
                                                      const Clock& clock,
                                                      DatabaseMetrics& metrics) {
  const Rules rules{options.authorization_seconds * 1000};
  std::vector<std::unique_ptr<LedgerStore>> writers;
  for (size_t i = 0; i < options.writers; ++i) {
    writers.push_back(std::make_unique<LedgerStore>(connection, rules, clock, metrics));
  }
  return writers;
}

// The service's objects, in the order in which they need each other.
class Platform {
 public:
  static absl::StatusOr<std::unique_ptr<Platform>> Create(const PlatformOptions& options) {
    SIGNET_ASSIGN_OR_RETURN(auto service, serving::Service::Start(options.service));
    SIGNET_RETURN_IF_ERROR(service->Await("its TLS files", [&options] {
      return rpc::CheckServiceFiles(options.tls, rpc::Role::kPlatform);
    }));
    auto metrics = std::make_unique<DatabaseMetrics>(service->metrics());
    auto commits = std::make_unique<CommitWatch>();
    const ConnectionOptions connection = ConnectionOf(options, commits.get());
    std::unique_ptr<Database> database;
    const auto open = [&]() -> absl::Status {
      SIGNET_ASSIGN_OR_RETURN(const int version, MigrateDatabase(connection));
      SIGNET_ASSIGN_OR_RETURN(database,
                              Database::Open({connection, options.database_connections}, *metrics));
      serving::LogInfo("database_ready", {{"schema_version", static_cast<int64_t>(version)}});
      return absl::OkStatus();
    };
    SIGNET_RETURN_IF_ERROR(AtStart(service->Await("the database", open)));
    return std::unique_ptr<Platform>(new Platform(options, connection, std::move(service),
                                                  std::move(metrics), std::move(commits),
                                                  std::move(database)));
  }

  absl::Status Serve(const PlatformOptions& options) {
    SIGNET_ASSIGN_OR_RETURN(auto credentials,
                            rpc::MutualTlsServer(options.tls, Policy(), calls_.Denied()));
    rpc::ExportCertificateExpiry(service_->metrics(), options.tls.certificate);
    rpc::ListenerOptions listener{options.listen, std::move(credentials)};
    listener.calls = &calls_;
    listener.max_message_bytes = rpc::kCallStreamMessageBytes;
    SIGNET_ASSIGN_OR_RETURN(rpc::RunningServer server,
                            rpc::StartServer(listener, {&processor_, &registry_, &operator_}));
    sweeper_.Start();
    ledger_monitor_.Start();
    database_monitor_.Start();
    const absl::Status announced = service_->Announce(
        "listen=" + server.address + "\n", [this] { return database_monitor_.Fitness(); });
    if (announced.ok()) service_->WaitForStop();
    processor_.Drain();
    rpc::DrainServer(server, options.service.shutdown_grace());
    return announced;
  }

  // After Serve: the network is gone, what was admitted is finished.
  ~Platform() {
    service_->BeginStop();
    database_monitor_.Stop();
    ledger_monitor_.Stop();
    sweeper_.Stop();
    registry_.Stop();
    operator_.Stop();
    batcher_.Stop();
  }

 private:
  Platform(const PlatformOptions& options, const ConnectionOptions& connection,
           std::unique_ptr<serving::Service> service,
           std::unique_ptr<DatabaseMetrics> database_metrics, std::unique_ptr<CommitWatch> commits,
           std::unique_ptr<Database> database)
      : service_(std::move(service)),
        calls_(service_->metrics(), kServices),
        database_metrics_(std::move(database_metrics)),
        commits_(std::move(commits)),
        database_(std::move(database)),
        batcher_(MakeWriters(options, connection, clock_, *database_metrics_),
                 {options.queue_limit, options.max_batch}, service_->metrics()),
        processor_(batcher_, &calls_),
        registry_(*database_, clock_, service_->metrics()),
        ledger_metrics_(service_->metrics()),
        operator_(*database_, batcher_, clock_, ledger_metrics_, {SIGNET_VERSION}),
        sweeper_(*database_, batcher_, clock_),
        ledger_monitor_(*database_, ledger_metrics_),
        database_monitor_(connection, EmbeddedMigrations().back().version, *commits_,
                          *database_metrics_) {}

  SystemClock clock_;
  std::unique_ptr<serving::Service> service_;
  rpc::ServerMetrics calls_;
  std::unique_ptr<DatabaseMetrics> database_metrics_;
  std::unique_ptr<CommitWatch> commits_;
  std::unique_ptr<Database> database_;
  Batcher batcher_;
  PaymentProcessorService processor_;
  DeviceRegistryService registry_;
  LedgerMetrics ledger_metrics_;
  OperatorService operator_;
  ExpirySweeper sweeper_;
  LedgerMonitor ledger_monitor_;
  DatabaseMonitor database_monitor_;
};

}  // namespace

absl::Status RunPlatform(const PlatformOptions& options) {
  rpc::LogGrpcErrors();
  SIGNET_ASSIGN_OR_RETURN(std::unique_ptr<Platform> platform, Platform::Create(options));
  return platform->Serve(options);
}

absl::Status CheckPlatform(const PlatformOptions& options) {
  SIGNET_RETURN_IF_ERROR(rpc::CheckServiceFiles(options.tls, rpc::Role::kPlatform));
  return CheckConnectionString(options.database);
}

absl::Status MigratePlatform(const PlatformOptions& options) {
  const absl::StatusOr<int> version = MigrateDatabase(ConnectionOf(options, nullptr));
  if (!version.ok()) return AtStart(version.status());
  return serving::TellDone({absl::StrCat("the database's schema has version ", *version)});
}

}  // namespace signet::payment_platform
