// Phases that pay through the gateway: all of Signet is at work.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <future>

#include "libs/base/status.h"
#include "tests/bench/devices/sealed_payer.h"
#include "tests/bench/measure/stack_usage.h"
#include "tests/bench/phases/phases.h"

namespace signet::bench {
namespace {

constexpr double kMicroseconds = 1e6;
constexpr double kOverload = 3;  // times the capacity
constexpr std::chrono::seconds kMaxOverloadWarmUp{10};
// Devices beside the overload, on a thread of their own: how late the load sees its refusals is how
// late its own thread is, which is saturated as well.
constexpr size_t kProbes = 32;
constexpr double kProbesPerSecond = 100;

// Until every queue is as full as it gets: in the time in which the capacity would serve twice as
// many payments as can be under way.
std::chrono::milliseconds OverloadWarmUp(size_t connections, double capacity) {
  const std::chrono::duration<double> filled(2 * static_cast<double>(connections) / capacity);
  return std::min<std::chrono::milliseconds>(
      kMaxOverloadWarmUp, std::chrono::duration_cast<std::chrono::milliseconds>(filled));
}

void ReportUsage(const StackUsage& start, const StackUsage& half, const StackUsage& end,
                 double payments, Report& report) {
  for (const auto& [name, seconds] : end.cpu_seconds) {
    report.Set("cpu_us_per_payment_" + name,
               (seconds - start.cpu_seconds.at(name)) / payments * kMicroseconds);
  }
  for (const auto& [name, mb] : end.resident_mb) {
    report.Set("rss_mb_" + name, mb);
    report.Set("rss_growth_mb_" + name, mb - half.resident_mb.at(name));
  }
}

}  // namespace

absl::StatusOr<LoadResult> Phases::RunDevices(const LoadPlan& plan, size_t connections,
                                              int resends) {
  SIGNET_RETURN_IF_ERROR(NeedDevices(connections));
  return RunDevices(plan, connections, {*devices_, orders_, options_.payments_per_device, resends});
}

absl::StatusOr<LoadResult> Phases::RunDevices(const LoadPlan& plan, size_t connections,
                                              const SealedParts& parts) {
  GatewayPayer::Endpoint gateway{stack_.gateway, ""};
  SIGNET_ASSIGN_OR_RETURN(gateway.server_ca_pem, ReadTextFile(stack_.service_ca()));
  return RunLoad(plan, connections, [&](grpc::CompletionQueue& queue) {
    return std::make_unique<GatewayPayer>(queue, parts, gateway);
  });
}

absl::Status Phases::Payments() {
  LoadPlan plan = Plan();
  std::map<Mark, absl::StatusOr<StackUsage>> usage;
  plan.on_mark = [&](Mark mark) { usage.emplace(mark, StackUsage::Now(stack_)); };
  SIGNET_ASSIGN_OR_RETURN(const LoadResult result, RunDevices(plan, options_.connections));
  for (const auto& [mark, read] : usage) SIGNET_RETURN_IF_ERROR(read.status());
  if (result.refused > 0) {
    std::fprintf(stderr, "  the gateway refused %llu calls; give each device fewer payments\n",
                 static_cast<unsigned long long>(result.refused));
  }
  report_.Set("payments_per_second", result.PaidPerSecond());
  report_.SetRatio("payments_vs_pgbench", result.PaidPerSecond(), "pgbench_tps");
  report_.Set("connections", static_cast<double>(options_.connections));
  report_.Set("handshakes_per_second",
              static_cast<double>(result.connect.count()) / result.seconds);
  report_.Set("handshake_ms_p50", result.connect.QuantileMs(0.5));
  report_.Set("p50_ms_saturated", result.latency.QuantileMs(0.5));
  report_.Set("p99_ms_saturated", result.latency.QuantileMs(0.99));
  ReportUsage(*usage.at(Mark::kStart), *usage.at(Mark::kHalf), *usage.at(Mark::kEnd),
              static_cast<double>(result.paid), report_);
  return absl::OkStatus();
}

absl::StatusOr<double> Phases::Rate(double share) const {
  if (options_.rate_per_second > 0) return options_.rate_per_second;
  if (const auto capacity = report_.Find("payments_per_second")) return *capacity * share;
  return absl::FailedPreconditionError("put the phase payments before it, or give --rate");
}

absl::Status Phases::Half() {
  LoadPlan plan = Plan();
  SIGNET_ASSIGN_OR_RETURN(plan.rate_per_second, Rate(0.5));
  plan.realtime = true;
  SIGNET_ASSIGN_OR_RETURN(const LoadResult result, RunDevices(plan, options_.connections));
  if (!result.realtime) {
    std::fprintf(stderr,
                 "  without CAP_SYS_NICE the load is late itself; its delays are counted\n");
  }
  report_.Set("half_load_realtime", result.realtime ? 1 : 0);
  report_.Set("half_load_per_second", result.PaidPerSecond());
  report_.Set("p50_ms_half_load", result.latency.QuantileMs(0.5));
  report_.Set("p99_ms_half_load", result.latency.QuantileMs(0.99));
  return absl::OkStatus();
}

absl::Status Phases::Hot() {
  orders_.SetOnlyPayee(options_.accounts - 1);
  const auto result = RunDevices(Plan(), options_.connections);
  orders_.SetOnlyPayee(std::nullopt);
  SIGNET_RETURN_IF_ERROR(result.status());
  report_.Set("hot_payee_per_second", result->PaidPerSecond());
  report_.SetRatio("hot_payee_ratio", result->PaidPerSecond(), "payments_per_second");
  return absl::OkStatus();
}

absl::Status Phases::Idle() {
  SIGNET_ASSIGN_OR_RETURN(const LoadResult result, RunDevices(Plan(), 1));
  const double p50_ms = result.latency.QuantileMs(0.5);
  report_.Set("idle_ms_p50", p50_ms);
  report_.SetRatio("idle_vs_pgbench_latency", p50_ms, "pgbench_ms_p50");
  return absl::OkStatus();
}

// A modest fixed rate while something happens to the services: what fails, and what had to be sent
// again.
absl::Status Phases::Steady() {
  LoadPlan plan = Plan();
  SIGNET_ASSIGN_OR_RETURN(plan.rate_per_second, Rate(0.5));
  plan.failures_allowed = UINT64_MAX;
  SIGNET_ASSIGN_OR_RETURN(const LoadResult result,
                          RunDevices(plan, options_.connections, options_.resends));
  report_.Set("steady_paid", static_cast<double>(result.paid));
  report_.Set("steady_failed", static_cast<double>(result.failed));
  report_.Set("steady_resent", static_cast<double>(result.resent));
  report_.Set("steady_p99_ms", result.latency.QuantileMs(0.99));
  return absl::OkStatus();
}

absl::Status Phases::Overload() {
  LoadPlan plan = Plan();
  SIGNET_ASSIGN_OR_RETURN(plan.rate_per_second, Rate(kOverload));
  plan.warm_up = std::max(plan.warm_up, OverloadWarmUp(options_.overload_connections,
                                                       plan.rate_per_second / kOverload));
  plan.queue_unsent = false;
  plan.failures_allowed = UINT64_MAX;
  LoadPlan probe_plan = plan;
  probe_plan.rate_per_second = kProbesPerSecond;
  probe_plan.realtime = true;

  SIGNET_RETURN_IF_ERROR(NeedDevices(options_.overload_connections + 2 * kProbes));
  DevicePool probing = devices_->Split(2 * kProbes);
  PaymentOrders probe_orders(options_.accounts);
  const SealedParts probe{probing, probe_orders, options_.payments_per_device};
  auto probing_ends =
      std::async(std::launch::async, [&] { return RunDevices(probe_plan, kProbes, probe); });
  std::map<Mark, absl::StatusOr<StackUsage>> usage;
  plan.on_mark = [&](Mark mark) { usage.emplace(mark, StackUsage::Now(stack_)); };
  const auto load = RunDevices(plan, options_.overload_connections);
  const auto probes = probing_ends.get();
  SIGNET_RETURN_IF_ERROR(load.status());
  SIGNET_RETURN_IF_ERROR(probes.status());
  for (const auto& [mark, read] : usage) SIGNET_RETURN_IF_ERROR(read.status());

  report_.Set("overload_offered_per_second", static_cast<double>(load->started) / load->seconds);
  report_.Set("overload_unsent_per_second", static_cast<double>(load->unsent) / load->seconds);
  report_.Set("overload_failed", static_cast<double>(load->failed + probes->failed));
  report_.SetRatio("overload_goodput", load->PaidPerSecond() + probes->PaidPerSecond(),
                   "payments_per_second");
  const auto& before = usage.at(Mark::kStart)->cpu_seconds;
  for (const auto& [name, seconds] : usage.at(Mark::kEnd)->cpu_seconds) {
    report_.Set("overload_cores_" + name, (seconds - before.at(name)) / load->seconds);
  }
  report_.Set("refusals_per_second", static_cast<double>(load->refused) / load->seconds);
  report_.Set("refusal_p99_ms_of_load", load->refusal.QuantileMs(0.99));
  report_.Set("refusals_probed", static_cast<double>(probes->refused));
  report_.Set("refusal_p99_ms", probes->refusal.QuantileMs(0.99));
  return absl::OkStatus();
}

}  // namespace signet::bench
