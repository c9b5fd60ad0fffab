#include "services/payment_platform/store/postgres/database.h"

#include <utility>

#include "absl/time/time.h"
#include "services/payment_platform/store/postgres/retry.h"

namespace signet::payment_platform {

Database::Database(DatabaseOptions options, DatabaseMetrics& metrics)
    : connection_options_(std::move(options.connection)),
      max_connections_(options.max_connections),
      acquire_timeout_(options.acquire_timeout),
      metrics_(metrics) {
  metrics_.SetMaxConnections(max_connections_);
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(DatabaseOptions options,
                                                         DatabaseMetrics& metrics) {
  auto database = std::unique_ptr<Database>(new Database(std::move(options), metrics));
  if (absl::Status reached = database->Ping(); !reached.ok()) return reached;
  return database;
}

absl::StatusOr<std::unique_ptr<Connection>> Database::Acquire() {
  absl::MutexLock lock(&mutex_);
  const auto free = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !idle_.empty() || in_use_ < max_connections_;
  };
  if (!mutex_.AwaitWithTimeout(absl::Condition(&free), absl::FromChrono(acquire_timeout_))) {
    return absl::ResourceExhaustedError("every database connection is in use; try again later");
  }
  std::unique_ptr<Connection> connection;
  if (idle_.empty()) {
    connection = std::make_unique<Connection>(connection_options_);
  } else {
    connection = std::move(idle_.back());
    idle_.pop_back();
  }
  ++in_use_;
  metrics_.SetConnections(idle_.size(), in_use_);
  return connection;
}

void Database::Release(std::unique_ptr<Connection> connection) {
  absl::MutexLock lock(&mutex_);
  --in_use_;
  idle_.push_back(std::move(connection));
  metrics_.SetConnections(idle_.size(), in_use_);
}

absl::Status Database::RunPooled(const std::function<absl::Status(Connection&)>& run) {
  absl::StatusOr<std::unique_ptr<Connection>> connection = Acquire();
  if (!connection.ok()) return connection.status();
  absl::Status status = RunWithRetries([&] { return run(**connection); }, metrics_);
  Release(*std::move(connection));
  return status;
}

absl::Status Database::Run(const TransactionFn& work) {
  return RunPooled([&](Connection& connection) { return connection.Run(work); });
}

absl::Status Database::RunReadOnly(const TransactionFn& work) {
  return RunPooled([&](Connection& connection) { return connection.RunReadOnly(work); });
}

absl::Status Database::Ping() {
  return RunReadOnly([](pqxx::transaction_base& transaction) {
    transaction.exec1("SELECT 1");
    return absl::OkStatus();
  });
}

}  // namespace signet::payment_platform
