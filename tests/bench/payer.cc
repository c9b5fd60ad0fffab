#include "tests/bench/payer.h"

#include <utility>

#include "libs/rpc/status_mapping.h"

namespace signet::bench {
namespace {

// A confirmation that is refused is sent again, as a device does.
constexpr std::chrono::milliseconds kResendAfter{100};
constexpr int kMaxResends = 100;

bool IsRefusal(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
}

}  // namespace

void Payer::Pay() {
  step_ = Step::kInstructing;
  refusals_ = 0;
  sent_ = std::chrono::steady_clock::now();
  if (std::exchange(instruction_refused_, false)) return SendAgain();
  if (absl::Status status = SendInstruction(); !status.ok()) Finish(status);
}

void Payer::Finish(const absl::Status& status) {
  step_ = Step::kReady;
  observer_->Finished(*this, status);
}

void Payer::Confirmed() {
  if (!IsRefusal(CallStatus())) {
    return Finish(CallStatus().ok() ? CheckReceipt() : rpc::FromGrpc(CallStatus()));
  }
  observer_->Refused(std::chrono::steady_clock::now() - sent_);
  if (++refusals_ > kMaxResends) {
    return Finish(absl::DeadlineExceededError("a confirmation was refused to the end"));
  }
  step_ = Step::kWaiting;
  alarm_.Set(&queue_, std::chrono::system_clock::now() + kResendAfter,
             static_cast<QueueEvent*>(this));
}

void Payer::Proceed(bool /*ok*/) {
  switch (step_) {
    case Step::kReady:
      return ProceedToReady();
    case Step::kInstructing: {
      instruction_refused_ = IsRefusal(CallStatus());
      if (instruction_refused_) observer_->Refused(std::chrono::steady_clock::now() - sent_);
      if (!CallStatus().ok()) return Finish(rpc::FromGrpc(CallStatus()));
      step_ = Step::kConfirming;
      sent_ = std::chrono::steady_clock::now();
      if (absl::Status status = SendConfirmation(); !status.ok()) Finish(status);
      return;
    }
    case Step::kConfirming:
      return Confirmed();
    case Step::kWaiting:
      step_ = Step::kConfirming;
      sent_ = std::chrono::steady_clock::now();
      return SendAgain();
  }
}

}  // namespace signet::bench
