// Phases that pay at the platform's own interface: the ledger alone is at work.
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status_mapping.h"
#include "signet/platform/v1/operator.grpc.pb.h"
#include "tests/bench/devices/bench_accounts.h"
#include "tests/bench/devices/device_enrollment.h"
#include "tests/bench/devices/ledger_payer.h"
#include "tests/bench/phases/phases.h"

namespace signet::bench {
namespace {

constexpr uint32_t kPage = 1000;
constexpr std::chrono::seconds kListTimeout{10};

// Those that the phase ledger-devices enrolled, in this process or another.
absl::StatusOr<std::deque<LedgerDevice>> ListLedgerDevices(const StackFolder& stack) {
  SIGNET_ASSIGN_OR_RETURN(const auto credentials, rpc::MutualTlsClient(stack.CallAs("dev")));
  platform::v1::Operator::Stub stub(rpc::Connect(stack.platform, "signet-platform", credentials));
  std::deque<LedgerDevice> devices;
  platform::v1::ListDevicesRequest request;
  request.set_page_size(kPage);
  do {
    grpc::ClientContext context;
    rpc::SetDeadline(context, kListTimeout);
    platform::v1::ListDevicesResponse response;
    SIGNET_RETURN_IF_ERROR(rpc::FromGrpc(stub.ListDevices(&context, request, &response)));
    for (const platform::v1::Device& device : response.devices()) {
      if (device.name() != kLedgerDevice) continue;
      SIGNET_ASSIGN_OR_RETURN(const uint32_t id, ParseDeviceId(device.device_id()));
      devices.push_back({id, device.highest_counter(), AccountOfHandle(device.account())});
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return devices;
}

}  // namespace

absl::StatusOr<LoadResult> Phases::RunLedger() {
  SIGNET_ASSIGN_OR_RETURN(auto devices, ListLedgerDevices(stack_));
  if (devices.size() <= options_.ledger_in_flight) {
    return absl::FailedPreconditionError(
        "too few ledger devices; put the phase ledger-devices before it, with more --devices");
  }
  SIGNET_ASSIGN_OR_RETURN(const auto signer, LedgerSigner::Create());
  SIGNET_ASSIGN_OR_RETURN(const auto credentials, rpc::MutualTlsClient(stack_.CallAs("crypto")));
  platform::v1::PaymentProcessor::Stub stub(
      rpc::Connect(stack_.platform, "signet-platform", credentials));
  Processor processor("process", [&](grpc::ClientContext* context, auto* reactor) {
    stub.async()->Process(context, reactor);
  });
  const LedgerParts parts{devices, *signer, orders_, processor};
  return RunLoad(Plan(), options_.ledger_in_flight, [&](grpc::CompletionQueue& queue) {
    return std::make_unique<LedgerPayer>(queue, parts);
  });
}

absl::Status Phases::Ledger() {
  SIGNET_ASSIGN_OR_RETURN(const LoadResult result, RunLedger());
  report_.Set("ledger_payments_per_second", result.PaidPerSecond());
  report_.SetRatio("ledger_vs_pgbench", result.PaidPerSecond(), "pgbench_tps");
  return absl::OkStatus();
}

absl::Status Phases::Growth() {
  SIGNET_ASSIGN_OR_RETURN(const LoadResult result, RunLedger());
  report_.Set("growth_rows", static_cast<double>(options_.growth_rows));
  report_.Set("growth_payments_per_second", result.PaidPerSecond());
  report_.SetRatio("growth_ratio", result.PaidPerSecond(), "ledger_payments_per_second");
  return absl::OkStatus();
}

}  // namespace signet::bench
