#include "services/payment_platform/options.h"

#include "CLI/CLI.hpp"
#include "libs/program/address_option.h"
#include "libs/serving/tls_options.h"

namespace signet::payment_platform {

void RegisterDatabaseOption(CLI::App& command, PlatformOptions& options) {
  command
      .add_option("--database", options.database,
                  "Postgres, as libpq's connection string; several hosts: the first that can book "
                  "payments is taken; a password belongs in a passfile")
      ->capture_default_str();
}

void RegisterRunOptions(CLI::App& command, PlatformOptions& options) {
  RegisterDatabaseOption(command, options);
  command
      .add_option("--listen", options.listen,
                  "HOST:PORT for the crypto service and operators; port 0 takes any")
      ->check(serving::CheckListenAddress)
      ->capture_default_str();
  serving::RegisterServiceOptions(command, options.service);
  rpc::RegisterTlsOptions(command, options.tls);
  command.add_flag("--require-synchronous-standby", options.require_synchronous_standby,
                   "book payments only while Postgres has a synchronous standby connected");
  command
      .add_option("--commit-wait-seconds", options.commit_wait_seconds,
                  "seconds that a COMMIT may take; then its outcome is looked up")
      ->check(CLI::Range(1, 60))
      ->capture_default_str();
  command
      .add_option("--authorization-seconds", options.authorization_seconds,
                  "seconds that an authorization waits for its confirmation")
      ->check(CLI::Range(5, 3600))
      ->capture_default_str();
  command.add_option("--writers", options.writers, "threads that commit, each with a connection")
      ->check(CLI::Range(1, 32))
      ->capture_default_str();
  command
      .add_option("--database-connections", options.database_connections,
                  "connections for everything else")
      ->check(CLI::Range(2, 256))
      ->capture_default_str();
  command.add_option("--queue-limit", options.queue_limit, "messages that may wait for a commit")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command.add_option("--max-batch", options.max_batch, "messages in one commit")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
}

}  // namespace signet::payment_platform
