#include "services/payment_platform/options.h"

#include "CLI/CLI.hpp"

namespace signet::payment_platform {

void RegisterDatabaseOption(CLI::App& command, PlatformOptions& options) {
  command
      .add_option("--database", options.database,
                  "Postgres, as libpq's connection string; a password belongs in a passfile")
      ->capture_default_str();
}

void RegisterRunOptions(CLI::App& command, PlatformOptions& options) {
  RegisterDatabaseOption(command, options);
  command.add_option("--listen", options.listen, "Address for the crypto service and operators")
      ->capture_default_str();
  command
      .add_option("--admin-listen", options.admin_listen,
                  "Address for /metrics, /livez and /readyz (plain HTTP)")
      ->capture_default_str();
  command.add_option("--ready-file", options.ready_file,
                     "File that gets the addresses once they serve");
  command.add_option("--tls-certificate", options.tls.certificate, "Own certificate chain, PEM")
      ->required();
  command.add_option("--tls-key", options.tls.private_key, "Its private key, PEM")->required();
  command.add_option("--tls-roots", options.tls.trust_roots, "The services' CA, PEM")->required();
  command
      .add_option("--authorization-seconds", options.authorization_seconds,
                  "How long an authorization waits for its confirmation")
      ->check(CLI::Range(5, 3600))
      ->capture_default_str();
  command.add_option("--writers", options.writers, "Threads that commit, each with a connection")
      ->check(CLI::Range(1, 32))
      ->capture_default_str();
  command
      .add_option("--database-connections", options.database_connections,
                  "Connections for everything else")
      ->check(CLI::Range(2, 256))
      ->capture_default_str();
  command.add_option("--queue-limit", options.queue_limit, "Messages that may wait for a commit")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command.add_option("--max-batch", options.max_batch, "Messages in one commit")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
}

}  // namespace signet::payment_platform
