#include "libs/rpc/call_stream/call_deadlines.h"

namespace signet::rpc {

CallDeadlines::~CallDeadlines() {
  absl::MutexLock lock(&mutex_);
  closing_ = true;
  const auto quiet = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !armed_; };
  mutex_.Await(absl::Condition(&quiet));
}

void CallDeadlines::Add(Clock::time_point deadline, uint64_t call) {
  absl::MutexLock lock(&mutex_);
  deadlines_.emplace(deadline, call);
  if (!armed_) Arm();
}

void CallDeadlines::Remove(Clock::time_point deadline, uint64_t call) {
  absl::MutexLock lock(&mutex_);
  deadlines_.erase({deadline, call});
}

void CallDeadlines::Arm() {
  if (closing_ || deadlines_.empty()) return;
  armed_ = true;
  before_ = std::move(timer_);
  timer_ = std::make_unique<grpc::Alarm>();
  timer_->Set(std::chrono::system_clock::now() + kTick, [this](bool) { Tick(); });
}

void CallDeadlines::Tick() {
  std::vector<uint64_t> late;
  {
    absl::MutexLock lock(&mutex_);
    const auto now = Clock::now();
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      late.push_back(deadlines_.begin()->second);
      deadlines_.erase(deadlines_.begin());
    }
  }
  if (!late.empty()) late_(late);
  absl::MutexLock lock(&mutex_);
  armed_ = false;
  Arm();
}

}  // namespace signet::rpc
