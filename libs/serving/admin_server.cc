#include "libs/serving/admin_server.h"

#include <utility>

#include "libs/base/status.h"

namespace signet::serving {
namespace {

HttpAnswer Readiness(const std::function<absl::Status()>& ready) {
  const absl::Status status = ready();
  if (status.ok()) return {200, "ready\n"};
  return {503, std::string(status.message()) + "\n"};
}

}  // namespace

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(
    const std::string& address, const Metrics& metrics, std::function<absl::Status()> ready) {
  const auto live = [] { return HttpAnswer{200, "live\n"}; };
  const auto metrics_page = [&metrics] {
    return HttpAnswer{200, metrics.Serialize(), "text/plain; version=0.0.4; charset=utf-8"};
  };
  const auto ready_page = [ready = std::move(ready)] { return Readiness(ready); };
  auto http = HttpServer::Start(address, {{"/livez", {live}},
                                          {"/metrics", {metrics_page, /*may_wait=*/true}},
                                          {"/readyz", {ready_page, /*may_wait=*/true}}});
  if (!http.ok()) {
    return Annotate(http.status(), "for the admin port; choose another with --admin-listen");
  }
  return std::unique_ptr<AdminServer>(new AdminServer(*std::move(http)));
}

}  // namespace signet::serving
