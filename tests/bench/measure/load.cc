#include "tests/bench/measure/load.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "tests/bench/measure/realtime_thread.h"

namespace signet::bench {
namespace {

// Handshakes at one time while all come online: more would run into their own time limits.
constexpr size_t kPreparedAtOnce = 32;
constexpr std::chrono::seconds kPrepareTime{60};
// For what is under way, or due, when the measured time is over.
constexpr std::chrono::seconds kDrainTime{20};

SteadyTime Now() { return std::chrono::steady_clock::now(); }

}  // namespace

void Load::Ready(Payer& payer) {
  --away_;
  if (phase_ == Phase::kRunning && !IsOpenLoop()) return Start(payer, Now());
  idle_.push_back(&payer);
  if (phase_ != Phase::kPreparing) ServeDue();
}

void Load::Start(Payer& payer, SteadyTime intended) {
  ++away_;
  payer.intended = intended;
  if (InWindow(intended)) ++result_.started;
  payer.Pay();
}

void Load::Finished(Payer& payer, const absl::Status& status) {
  const SteadyTime now = Now();
  if (status.ok()) {
    if (InWindow(now)) ++result_.paid;
    if (InWindow(IsOpenLoop() ? payer.intended : now)) result_.latency.Record(now - payer.intended);
  } else if (!absl::IsResourceExhausted(status)) {
    ++result_.failed;
    result_.failure = status.ToString();
    if (result_.failed > plan_.failures_allowed) phase_ = Phase::kStopping;
  }
  payer.Prepare();  // Ready, now or later
}

void Load::Refused(std::chrono::nanoseconds after) {
  if (!InWindow(Now())) return;
  ++result_.refused;
  result_.refusal.Record(after);
}

void Load::Connected(std::chrono::nanoseconds took) {
  if (InWindow(Now())) result_.connect.Record(took);
}

void Load::ServeDue() {
  while (!due_.empty() && !idle_.empty()) {
    Payer& payer = *idle_.front();
    idle_.pop_front();
    const SteadyTime intended = due_.front();
    due_.pop_front();
    Start(payer, intended);
  }
}

void Load::Advance(SteadyTime now) {
  const std::array<SteadyTime, 3> marks = {window_start_, window_half_, window_end_};
  while (marks_ < 3 && now >= marks.at(static_cast<size_t>(marks_))) {
    plan_.on_mark(static_cast<Mark>(marks_++));
  }
  if (IsOpenLoop()) {
    const auto interval = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(1 / plan_.rate_per_second));
    for (; next_due_ <= now && next_due_ < window_end_; next_due_ += interval) {
      due_.push_back(next_due_);
      ServeDue();
      if (plan_.queue_unsent || due_.empty()) continue;
      if (InWindow(due_.front())) ++result_.unsent;
      due_.pop_front();
    }
  }
  if (now >= window_end_) phase_ = Phase::kStopping;
}

SteadyTime Load::NextDeadline() const {
  if (phase_ != Phase::kRunning) return Now() + std::chrono::milliseconds(100);
  SteadyTime next = window_end_;
  if (marks_ == 0) next = window_start_;
  if (marks_ == 1) next = window_half_;
  return IsOpenLoop() ? std::min(next, next_due_) : next;
}

void Load::Wait(SteadyTime deadline) {
  const auto wait = std::max(deadline - Now(), SteadyTime::duration::zero());
  void* tag = nullptr;
  bool ok = false;
  if (queue_.AsyncNext(&tag, &ok,
                       std::chrono::system_clock::now() +
                           std::chrono::duration_cast<std::chrono::microseconds>(wait)) ==
      grpc::CompletionQueue::GOT_EVENT) {
    static_cast<QueueEvent*>(tag)->Proceed(ok);
  }
}

absl::Status Load::PrepareAll(const std::vector<std::unique_ptr<Payer>>& payers) {
  const SteadyTime deadline = Now() + kPrepareTime;
  size_t next = 0;
  while (idle_.size() < payers.size()) {
    while (next < payers.size() && away_ < kPreparedAtOnce) {
      payers[next]->SetObserver(*this);
      ++away_;
      payers[next++]->Prepare();
    }
    if (Now() > deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat("only ", idle_.size(), " of ", payers.size(), " connections came up"));
    }
    if (idle_.size() < payers.size()) Wait(NextDeadline());
  }
  return absl::OkStatus();
}

void Load::StartRunning() {
  const SteadyTime now = Now();
  window_start_ = now + plan_.warm_up;
  window_half_ = window_start_ + plan_.measured / 2;
  window_end_ = window_start_ + plan_.measured;
  next_due_ = now;
  phase_ = Phase::kRunning;
  if (IsOpenLoop()) return;
  std::deque<Payer*> all;
  all.swap(idle_);
  for (Payer* payer : all) Start(*payer, now);
}

absl::StatusOr<LoadResult> Load::Run(const std::vector<std::unique_ptr<Payer>>& payers) {
  std::optional<RealtimeThread> realtime;
  if (plan_.realtime) result_.realtime = realtime.emplace().granted();
  SIGNET_RETURN_IF_ERROR(PrepareAll(payers));
  StartRunning();
  const SteadyTime give_up = window_end_ + kDrainTime;
  while (phase_ == Phase::kRunning || away_ > 0 || !due_.empty()) {
    const SteadyTime now = Now();
    if (now > give_up) {
      return absl::DeadlineExceededError(
          absl::StrCat(away_, " payments did not end, ", due_.size(), " were never sent"));
    }
    if (phase_ == Phase::kRunning) Advance(now);
    Wait(NextDeadline());
  }
  if (result_.failed > plan_.failures_allowed) {
    return absl::InternalError(absl::StrCat("over ", plan_.failures_allowed,
                                            " payments failed, such as: ", result_.failure));
  }
  result_.seconds = std::chrono::duration<double>(plan_.measured).count();
  return std::move(result_);
}

}  // namespace signet::bench
