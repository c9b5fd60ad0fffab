// The crypto service: its object graph, from start to orderly end.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/rpc/tls.h"
#include "libs/serving/service.h"
#include "services/crypto/hsm/server_hsm.h"

namespace signet::crypto {

struct ServerOptions {
  std::string listen = "127.0.0.1:7445";
  serving::ServiceOptions service{.admin_listen = "127.0.0.1:9465"};
  rpc::TlsFiles tls;
  std::string platform_address = "127.0.0.1:7446";
  int64_t platform_timeout_ms = 5000;
  HsmOptions hsm;
  std::string device_ca_file;
  size_t queue_limit = 512;       // requests that wait for the HSM
  size_t in_flight_limit = 4096;  // exchanges under way
  // Enrollments under way. Each takes the HSM for milliseconds, so that few must be before a
  // payment that waits; and whoever enrolls is anonymous, so that none may take a payment's place.
  size_t enrollment_limit = 8;
  size_t device_key_cache = 100000;
  int64_t certificate_validity_days = 825;
};

class CryptoServer {
 public:
  // Serves when it returns; waits for the token where it is not there yet. Errors name the remedy
  // and carry an exit code. A platform that does not answer is none: the service is ready once it
  // does.
  static absl::StatusOr<std::unique_ptr<CryptoServer>> Start(const ServerOptions& options);
  // Takes no more requests, finishes those under way, joins the threads, finalizes the module.
  virtual ~CryptoServer() = default;
  virtual std::string address() const = 0;
  virtual std::string admin_address() const = 0;
  // Returns at SIGTERM or SIGINT.
  virtual void WaitForStop() = 0;
};

// Serves until SIGTERM or SIGINT.
absl::Status RunServer(const ServerOptions& options);

}  // namespace signet::crypto
