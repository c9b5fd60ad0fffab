// The gateway's options and their defaults.
#pragma once

#include <cstddef>
#include <string>

#include "libs/rpc/tls.h"
#include "libs/serving/service.h"
#include "services/gateway/rate_limiter.h"

namespace CLI {
class App;
}

namespace signet::gateway {

struct GatewayOptions {
  std::string listen = "127.0.0.1:7443";
  std::string enrollment_listen = "127.0.0.1:7444";
  std::string crypto_address = "127.0.0.1:7445";
  serving::ServiceOptions service{.admin_listen = "127.0.0.1:9464"};
  rpc::TlsFiles tls;
  std::string device_ca;
  RateLimit device{20, 60};
  RateLimit enrollment_peer{0.2, 5};
  RateLimit enrollment_total{2, 20};
  size_t max_under_way = 128;            // payments and queries
  size_t max_enrollments_under_way = 8;  // a pool of their own: whoever enrolls is anonymous
  int upstream_timeout_ms = 10'000;
};

// The options must outlive the parsing.
void RegisterOptions(CLI::App& app, GatewayOptions& options);

}  // namespace signet::gateway
