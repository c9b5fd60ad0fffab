// The options of signet-platform.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "libs/rpc/tls.h"
#include "libs/serving/service.h"

namespace CLI {
class App;
}

namespace signet::payment_platform {

struct PlatformOptions {
  std::string database = "host=/var/run/postgresql dbname=signet";
  std::string listen = "127.0.0.1:7446";
  serving::ServiceOptions service{.admin_listen = "127.0.0.1:9466"};
  rpc::TlsFiles tls;
  bool require_synchronous_standby = false;
  int64_t commit_wait_seconds = 8;
  int64_t authorization_seconds = 120;
  size_t writers = 2;
  size_t database_connections = 8;
  size_t queue_limit = 4096;
  size_t max_batch = 256;
};

// For "migrate" and "run".
void RegisterDatabaseOption(CLI::App& command, PlatformOptions& options);
// For "run".
void RegisterRunOptions(CLI::App& command, PlatformOptions& options);

}  // namespace signet::payment_platform
