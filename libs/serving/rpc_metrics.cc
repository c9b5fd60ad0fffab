#include "libs/serving/rpc_metrics.h"

#include <array>
#include <cstddef>
#include <utility>

#include "google/protobuf/descriptor.h"
#include "libs/base/status.h"
#include "libs/program/log.h"
#include "libs/rpc/grpc_log.h"
#include "libs/rpc/tls_files.h"
#include "libs/rpc/trace.h"

namespace signet::rpc {
namespace {

// In the order of their numbers (google.rpc.Code), under the names of go-grpc-prometheus.
constexpr std::array<const char*, 17> kCodeNames = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

constexpr char kOther[] = "other";
constexpr double kMicroseconds = 1e6;

serving::Counter& DeniedCounter(serving::Metrics& metrics, const std::string& method) {
  return metrics.AddCounter("signet_authz_denied_total",
                            "Calls denied because the caller's role may not make them",
                            {{"method", method}});
}

}  // namespace

MethodMetrics::MethodMetrics(serving::Metrics& metrics, const std::string& side,
                             const std::vector<std::string>& services) {
  const auto make = [&](const std::string& service, const std::string& method) {
    const std::string prefix = "grpc_" + side;
    const serving::Labels labels = {{"grpc_service", service}, {"grpc_method", method}};
    Method made;
    made.name = service == kOther ? kOther : service + "/" + method;
    made.started = &metrics.AddCounter(prefix + "_started_total", "Calls that have begun", labels);
    made.seconds = &metrics.AddHistogram(prefix + "_handling_seconds",
                                         "Time from a call's begin to its status",
                                         serving::LatencyBounds(), labels);
    for (const char* code : kCodeNames) {
      serving::Labels with_code = labels;
      with_code["grpc_code"] = code;
      made.handled.push_back(&metrics.AddCounter(prefix + "_handled_total",
                                                 "Calls that have ended, by status", with_code));
    }
    return made;
  };
  other_ = make(kOther, kOther);
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const std::string& name : services) {
    const google::protobuf::ServiceDescriptor* service = pool->FindServiceByName(name);
    if (service == nullptr) continue;
    for (int i = 0; i < service->method_count(); ++i) {
      Method made = make(name, service->method(i)->name());
      methods_.emplace("/" + made.name, std::move(made));
    }
  }
}

const MethodMetrics::Method& MethodMetrics::Find(const std::string& method) const {
  const auto found = methods_.find(method);
  return found == methods_.end() ? other_ : found->second;
}

void MethodMetrics::OnStarted(const std::string& method) { Find(method).started->Increment(); }

void MethodMetrics::OnHandled(const std::string& method, grpc::StatusCode code, double seconds,
                              std::string_view /*traceparent*/) {
  const Method& known = Find(method);
  known.seconds->Observe(seconds);
  const auto index = static_cast<size_t>(code);
  const auto unknown = static_cast<size_t>(grpc::StatusCode::UNKNOWN);
  known.handled[index < known.handled.size() ? index : unknown]->Increment();
}

ServerMetrics::ServerMetrics(serving::Metrics& metrics, const std::vector<std::string>& services)
    : MethodMetrics(metrics, "server", services) {
  denied_[kOther] = &DeniedCounter(metrics, kOther);
  for (const auto& [path, method] : methods()) {
    denied_[method.name] = &DeniedCounter(metrics, method.name);
  }
}

void ServerMetrics::OnHandled(const std::string& method, grpc::StatusCode code, double seconds,
                              std::string_view traceparent) {
  MethodMetrics::OnHandled(method, code, seconds, traceparent);
  if (!IsSampled(traceparent)) return;
  const serving::TraceScope trace(TraceIdOf(traceparent));
  serving::LogInfo("call", {{"method", Find(method).name},
                            {"code", std::string(kCodeNames.at(static_cast<size_t>(code)))},
                            {"microseconds", static_cast<int64_t>(seconds * kMicroseconds)},
                            {"traceparent", std::string(traceparent)}});
}

DeniedFn ServerMetrics::Denied() {
  return [this](const std::string& method) {
    const std::string& known = Find(method).name;
    denied_.at(known)->Increment();
    serving::LogWarning("call_denied", {{"method", known}});
  };
}

void LogGrpcErrors() {
  RouteGrpcErrors([](const std::string& message) {
    serving::LogWarning("grpc_error", {{"message", message}});
  });
}

void ExportCertificateExpiry(serving::Metrics& metrics, const std::string& certificate) {
  serving::Gauge& gauge = metrics.AddGauge("signet_tls_certificate_not_after_seconds",
                                           "Unix time at which the service's TLS certificate ends");
  metrics.BeforeSerialize([&gauge, certificate] {
    gauge.Set(static_cast<double>(CertificateNotAfterUnixS(certificate).value_or(0)));
  });
}

}  // namespace signet::rpc
