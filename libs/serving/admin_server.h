// A plain HTTP port for the operator's tools: /metrics, /livez, /readyz. Loopback or
// cluster-internal only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "libs/serving/http_server.h"
#include "libs/serving/metrics.h"

namespace signet::serving {

class AdminServer {
 public:
  // ready: OK, or why not (the body of a 503). Called on a thread of the server's, which /livez
  // does not wait for.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(const std::string& address,
                                                            const Metrics& metrics,
                                                            std::function<absl::Status()> ready);
  std::string address() const { return http_->address(); }  // with the port that was taken

 private:
  explicit AdminServer(std::unique_ptr<HttpServer> http) : http_(std::move(http)) {}

  const std::unique_ptr<HttpServer> http_;
};

}  // namespace signet::serving
