#include "tests/bench/phases/phases.h"

#include <cstdio>
#include <map>
#include <utility>

#include "libs/base/status.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status_mapping.h"
#include "signet/platform/v1/operator.grpc.pb.h"
#include "tests/bench/devices/bench_accounts.h"
#include "tests/bench/devices/device_enrollment.h"

namespace signet::bench {
namespace {

constexpr std::chrono::minutes kVerifyTimeout{5};

// Its end waits for calls that are under way, so that none writes to a payer that is gone.
class Queue {
 public:
  ~Queue() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  grpc::CompletionQueue& get() { return queue_; }

 private:
  grpc::CompletionQueue queue_;
};

}  // namespace

const std::map<std::string, absl::Status (Phases::*)()>& Phases::ByName() {
  static const std::map<std::string, absl::Status (Phases::*)()> kPhases = {
      {"accounts", &Phases::Accounts}, {"enroll", &Phases::Enroll},
      {"payments", &Phases::Payments}, {"half", &Phases::Half},
      {"hot", &Phases::Hot},           {"idle", &Phases::Idle},
      {"overload", &Phases::Overload}, {"crypto", &Phases::Crypto},
      {"ledger", &Phases::Ledger},     {"growth", &Phases::Growth},
      {"steady", &Phases::Steady},     {"verify", &Phases::Verify},
      {"table", &Phases::Table},       {"ledger-devices", &Phases::LedgerDevices},
  };
  return kPhases;
}

std::vector<std::string> Phases::Names() {
  std::vector<std::string> names;
  for (const auto& [name, phase] : ByName()) names.push_back(name);
  return names;
}

absl::Status Phases::Run() {
  for (const std::string& name : options_.phases) {
    const SteadyTime started = std::chrono::steady_clock::now();
    if (absl::Status status = (this->*ByName().at(name))(); !status.ok()) {
      return Annotate(status, "phase " + name);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    std::fprintf(stderr, "  %-9s %5.1f s\n", name.c_str(), took.count());
    SIGNET_RETURN_IF_ERROR(report_.Save());
  }
  return absl::OkStatus();
}

absl::Status Phases::Accounts() {
  report_.Set("accounts", static_cast<double>(options_.accounts));
  return OpenAccounts(stack_.database(), options_.accounts);
}

absl::Status Phases::Enroll() {
  report_.Set("devices", static_cast<double>(options_.devices));
  SIGNET_ASSIGN_OR_RETURN(auto devices, EnrollDevices(stack_, options_.devices));
  devices_.emplace(std::move(devices));
  return absl::OkStatus();
}

absl::Status Phases::LedgerDevices() { return EnrollLedgerDevices(stack_, options_.devices); }

absl::Status Phases::NeedDevices(size_t connections) {
  if (!devices_) return absl::FailedPreconditionError("put the phase enroll before it");
  if (devices_->size() > connections) return absl::OkStatus();
  return absl::FailedPreconditionError("enroll more devices than are online at a time");
}

absl::Status Phases::Verify() {
  SIGNET_ASSIGN_OR_RETURN(const auto credentials, rpc::MutualTlsClient(stack_.CallAs("dev")));
  platform::v1::Operator::Stub stub(rpc::Connect(stack_.platform, "signet-platform", credentials));
  grpc::ClientContext context;
  rpc::SetDeadline(context, kVerifyTimeout);
  platform::v1::VerifyLedgerResponse response;
  SIGNET_RETURN_IF_ERROR(rpc::FromGrpc(stub.VerifyLedger(&context, {}, &response)));
  if (response.consistent()) return absl::OkStatus();
  return absl::DataLossError("the ledger is not consistent: " + response.findings(0));
}

absl::Status Phases::Table() {
  std::fputs(report_.Table().c_str(), stdout);
  return absl::OkStatus();
}

LoadPlan Phases::Plan() const {
  LoadPlan plan;
  plan.warm_up = std::chrono::milliseconds(static_cast<int64_t>(options_.seconds * 200));
  plan.measured = std::chrono::milliseconds(static_cast<int64_t>(options_.seconds * 1000));
  return plan;
}

absl::StatusOr<LoadResult> Phases::RunLoad(const LoadPlan& plan, size_t payers,
                                           const PayerMaker& make) {
  std::vector<std::unique_ptr<Payer>> made;
  Queue queue;
  Load load(queue.get(), plan);
  while (made.size() < payers) made.push_back(make(queue.get()));
  SIGNET_ASSIGN_OR_RETURN(LoadResult result, load.Run(made));
  if (result.failed > 0) {
    std::fprintf(stderr, "  %llu payments failed, such as: %s\n",
                 static_cast<unsigned long long>(result.failed), result.failure.c_str());
  }
  return result;
}

}  // namespace signet::bench
