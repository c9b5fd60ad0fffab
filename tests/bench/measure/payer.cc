#include "tests/bench/measure/payer.h"

#include <utility>

#include "libs/rpc/status_mapping.h"

namespace signet::bench {
namespace {

// A message that was refused, or found no server, is sent again after this time, as a device does.
constexpr std::chrono::milliseconds kResendAfter{100};
constexpr int kMaxResends = 100;

bool IsRefusal(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
}

}  // namespace

void Payer::Pay() {
  step_ = Step::kInstructing;
  refusals_ = 0;
  resends_ = 0;
  sent_ = std::chrono::steady_clock::now();
  if (std::exchange(instruction_refused_, false)) return SendAgain();
  if (absl::Status status = SendInstruction(); !status.ok()) Finish(status);
}

void Payer::Finish(const absl::Status& status) {
  step_ = Step::kReady;
  observer_->Finished(*this, status);
}

bool Payer::MayResend() {
  if (CallStatus().error_code() != grpc::StatusCode::UNAVAILABLE) return false;
  if (resends_ >= resends_allowed_) return false;
  ++resends_;
  observer_->Resent();
  return true;
}

void Payer::WaitAndSendAgain() {
  waiting_to_ = step_;
  step_ = Step::kWaiting;
  alarm_.Set(&queue_, std::chrono::system_clock::now() + kResendAfter,
             static_cast<QueueEvent*>(this));
}

void Payer::Instructed() {
  if (MayResend()) return WaitAndSendAgain();
  instruction_refused_ = IsRefusal(CallStatus());
  if (instruction_refused_) observer_->Refused(std::chrono::steady_clock::now() - sent_);
  if (!CallStatus().ok()) return Finish(rpc::FromGrpc(CallStatus()));
  step_ = Step::kConfirming;
  resends_ = 0;
  sent_ = std::chrono::steady_clock::now();
  if (absl::Status status = SendConfirmation(); !status.ok()) Finish(status);
}

void Payer::Confirmed() {
  if (MayResend()) return WaitAndSendAgain();
  if (!IsRefusal(CallStatus())) {
    return Finish(CallStatus().ok() ? CheckReceipt() : rpc::FromGrpc(CallStatus()));
  }
  observer_->Refused(std::chrono::steady_clock::now() - sent_);
  if (++refusals_ > kMaxResends) {
    return Finish(absl::DeadlineExceededError("a confirmation was refused to the end"));
  }
  WaitAndSendAgain();
}

void Payer::Proceed(bool /*ok*/) {
  switch (step_) {
    case Step::kReady:
      return ProceedToReady();
    case Step::kInstructing:
      return Instructed();
    case Step::kConfirming:
      return Confirmed();
    case Step::kWaiting:
      step_ = waiting_to_;
      sent_ = std::chrono::steady_clock::now();
      return SendAgain();
  }
}

}  // namespace signet::bench
