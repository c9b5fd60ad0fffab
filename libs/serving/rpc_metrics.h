// The metrics of a service's servers and channels under gRPC's usual Prometheus names
// (grpc_server_started_total, grpc_server_handled_total, grpc_server_handling_seconds, and the same
// of grpc_client_), with signet_authz_denied_total and signet_tls_certificate_not_after_seconds.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "libs/rpc/call_observer.h"
#include "libs/rpc/tls.h"
#include "libs/serving/metrics.h"

namespace signet::rpc {

// The series of each method of some services. Thread-safe. All other methods are counted together
// as "other", so that a caller cannot make new series.
class MethodMetrics : public CallObserver {
 public:
  void OnStarted(const std::string& method) override;
  void OnHandled(const std::string& method, grpc::StatusCode code, double seconds,
                 std::string_view traceparent) override;

 protected:
  // side: "server" or "client". services: full names as in the protos
  // ("signet.gateway.v1.PaymentGateway"), whose generated code is linked in; each of their methods
  // has its series from the start.
  MethodMetrics(serving::Metrics& metrics, const std::string& side,
                const std::vector<std::string>& services);
  struct Method {
    std::string name;  // "package.Service/Method", or "other"
    serving::Counter* started = nullptr;
    serving::Histogram* seconds = nullptr;
    std::vector<serving::Counter*> handled;  // by status code
  };
  const Method& Find(const std::string& method) const;
  const std::map<std::string, Method>& methods() const { return methods_; }

 private:
  std::map<std::string, Method> methods_;
  Method other_;
};

// Logs the calls of sampled traces, too.
class ServerMetrics final : public MethodMetrics {
 public:
  ServerMetrics(serving::Metrics& metrics, const std::vector<std::string>& services);
  void OnHandled(const std::string& method, grpc::StatusCode code, double seconds,
                 std::string_view traceparent) override;
  // Counts and logs a denied call. For MutualTlsServer and ServerOnlyTls; must outlive the server.
  DeniedFn Denied();

 private:
  std::map<std::string, serving::Counter*> denied_;  // by Method::name
};

// For Connect.
class ClientMetrics final : public MethodMetrics {
 public:
  ClientMetrics(serving::Metrics& metrics, const std::vector<std::string>& services)
      : MethodMetrics(metrics, "client", services) {}
};

// gRPC's own errors (handshakes that failed, above all) as lines of our log. Call it before the
// first server or channel is made.
void LogGrpcErrors();

// signet_tls_certificate_not_after_seconds: of the certificate in that file, as it is whenever the
// metrics are read; 0 where it cannot be read.
void ExportCertificateExpiry(serving::Metrics& metrics, const std::string& certificate);

}  // namespace signet::rpc
