// The frame of a service: its admin port from the first moment on, the wait for what it needs, the
// word that it serves, and the wait for its end.
//
//   SIGNET_ASSIGN_OR_RETURN(auto service, Service::Start(options.service));
//   SIGNET_RETURN_IF_ERROR(service->Await("the database", [&] { return Connect(); }));
//   … start the servers …
//   SIGNET_RETURN_IF_ERROR(service->Announce("listen=" + address + "\n", ready));
//   service->WaitForStop();
//   … drain the servers …
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/serving/admin_server.h"
#include "libs/serving/listener_watch.h"
#include "libs/serving/metrics.h"
#include "libs/serving/readiness.h"

namespace CLI {
class App;
}

namespace signet::serving {

struct ServiceOptions {
  std::string admin_listen = "127.0.0.1:9464";
  std::string ready_file = "";
  int64_t start_wait_seconds = 300;
  int64_t shutdown_grace_ms = 10'000;
  std::chrono::milliseconds shutdown_grace() const {
    return std::chrono::milliseconds(shutdown_grace_ms);
  }
};
// --admin-listen, --ready-file, --start-wait-seconds, --shutdown-grace-ms.
void RegisterServiceOptions(CLI::App& app, ServiceOptions& options);

class Service {
 public:
  // Call BlockShutdownSignals first. Raises the process' limit of open files as far as it may.
  static absl::StatusOr<std::unique_ptr<Service>> Start(const ServiceOptions& options);

  Metrics& metrics() { return metrics_; }
  std::string admin_address() const { return admin_->address(); }

  // Tries until it is done: what a service needs may start after it. Errors of the kinds that pass
  // (UNAVAILABLE, NOT_FOUND) are logged, told by /readyz and tried again, with growing pauses of at
  // most two seconds, for as long as the options say in all. Returns any other error, the last one
  // when the time is over, and, with exit code 0, CANCELLED at SIGTERM or SIGINT. UNAUTHENTICATED
  // (a refused PIN) is returned at that signal, too: whoever restarts a process that ends would
  // try the PIN again until the token is locked.
  absl::Status Await(const std::string& what, const std::function<absl::Status()>& attempt);

  // Writes the ready file: the addresses ("name=value\n" each), the admin port's added. From now on
  // /readyz asks the check and signet_serving is 1, until WaitForStop returns or BeginStop. Watches
  // the listeners that were made since Start (ListenerWatch).
  absl::Status Announce(const std::string& addresses, std::function<absl::Status()> check);
  // Returns at SIGTERM or SIGINT; /readyz says so from then on.
  void WaitForStop();
  void BeginStop();

 private:
  void WaitForStopAfter(const std::string& what, const absl::Status& status);
  explicit Service(const ServiceOptions& options);

  const ServiceOptions options_;
  const int64_t start_deadline_ms_;
  Metrics metrics_;
  Gauge& serving_;
  Readiness readiness_;
  std::unique_ptr<AdminServer> admin_;
  std::vector<Listener> unwatched_;  // the admin port's
  std::optional<ListenerWatch> watch_;
};

}  // namespace signet::serving
