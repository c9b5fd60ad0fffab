// A plain HTTP port for the operator's tools: /metrics, /livez, /readyz. Loopback or
// cluster-internal only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/serving/metrics.h"

namespace signet::serving {

class AdminServer {
 public:
  // ready: OK, or why not (the body of a 503). Called on the server's thread.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(const std::string& address,
                                                            const Metrics& metrics,
                                                            std::function<absl::Status()> ready);
  virtual ~AdminServer() = default;
  virtual std::string address() const = 0;  // with the port that was taken
};

}  // namespace signet::serving
