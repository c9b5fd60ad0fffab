#include "libs/serving/service.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "CLI/CLI.hpp"
#include "libs/base/status.h"
#include "libs/program/address_option.h"
#include "libs/program/log.h"
#include "libs/program/program.h"
#include "libs/serving/lifecycle.h"

namespace signet::serving {
namespace {

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{2'000};

int64_t SteadyNowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// A connection is a file. The soft limit is often 1,024, for programs that use select(2).
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsNotFound(status);
}

}  // namespace

void RegisterServiceOptions(CLI::App& app, ServiceOptions& options) {
  app.add_option("--admin-listen", options.admin_listen,
                 "HOST:PORT for /metrics, /livez and /readyz, in plain HTTP: loopback or "
                 "cluster-internal only")
      ->check(CheckAdminAddress)
      ->capture_default_str();
  app.add_option("--ready-file", options.ready_file,
                 "file or FIFO that is told the addresses once the service serves");
  app.add_option("--start-wait-seconds", options.start_wait_seconds,
                 "how long to wait at the start for what the service needs; 0 fails at once")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  app.add_option("--shutdown-grace-ms", options.shutdown_grace_ms,
                 "time that calls under way have to end when the service stops")
      ->check(CLI::Range(0, 600'000))
      ->capture_default_str();
}

Service::Service(const ServiceOptions& options)
    : options_(options),
      start_deadline_ms_(SteadyNowMs() + options.start_wait_seconds * 1000),
      serving_(metrics_.AddGauge("signet_serving",
                                 "1 from when it serves until it stops, 0 before and after; "
                                 "/readyz tells whether it can work now")) {}

absl::StatusOr<std::unique_ptr<Service>> Service::Start(const ServiceOptions& options) {
  RaiseFileLimit();
  std::unique_ptr<Service> service(new Service(options));
  Readiness& readiness = service->readiness_;
  SIGNET_ASSIGN_OR_RETURN(service->admin_,
                          AdminServer::Start(options.admin_listen, service->metrics_,
                                             [&readiness] { return readiness.Check(); }));
  service->unwatched_ = OwnListeners();
  return service;
}

absl::Status Service::Await(const std::string& what, const std::function<absl::Status()>& attempt) {
  std::chrono::milliseconds pause = kFirstPause;
  absl::Status told;
  while (true) {
    const absl::Status status = attempt();
    if (absl::IsUnauthenticated(status) && options_.start_wait_seconds > 0) {
      WaitForStopAfter(what, status);
      return status;
    }
    if (!MayPass(status)) return status;
    const int64_t left_ms = start_deadline_ms_ - SteadyNowMs();
    if (left_ms <= 0) return status;
    readiness_.SetWaiting("waiting for " + what + ": " + std::string(status.message()));
    if (status != told) {
      LogWarning("waiting", {{"for", what}, {"error", std::string(status.message())}});
      told = status;
    }
    if (WaitForShutdown(std::min(pause, std::chrono::milliseconds(left_ms)))) {
      return WithExitCode(absl::CancelledError("stopped while waiting for " + what),
                          ExitCode::kDone);
    }
    pause = std::min(2 * pause, kLongestPause);
  }
}

void Service::WaitForStopAfter(const std::string& what, const absl::Status& status) {
  const std::string message(status.message());
  LogError("refused", {{"for", what}, {"error", message}, {"next", "mend it, then restart"}});
  readiness_.SetWaiting(message + "; then restart this service");
  WaitForShutdown();
}

absl::Status Service::Announce(const std::string& addresses, std::function<absl::Status()> check) {
  watch_.emplace(ListenersSince(unwatched_), &metrics_);
  readiness_.SetServing(std::move(check));
  serving_.Set(1);
  const std::string lines = addresses + "admin=" + admin_address() + "\n";
  if (absl::Status status = AnnounceReady(options_.ready_file, lines); !status.ok()) {
    BeginStop();  // what the check uses may end now
    return status;
  }
  LogInfo("serving", {{"addresses", lines.substr(0, lines.size() - 1)}});
  return absl::OkStatus();
}

void Service::BeginStop() {
  watch_.reset();
  readiness_.SetStopping();
  serving_.Set(0);
}

void Service::WaitForStop() {
  WaitForShutdown();
  LogInfo("stopping");
  BeginStop();
}

}  // namespace signet::serving
