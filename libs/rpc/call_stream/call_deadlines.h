// The deadlines of many calls, or messages, under one timer, which runs while there are any.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/alarm.h"

namespace signet::rpc {

// Thread-safe. May be used with a lock held that `late` takes, too: it is called with none of ours.
class CallDeadlines {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kTick{20};  // a deadline is noticed so much later

  // late: is told the calls whose time is over, on one of gRPC's threads; must not block.
  explicit CallDeadlines(std::function<void(const std::vector<uint64_t>&)> late)
      : late_(std::move(late)) {}
  // Waits until `late` is not under way, nor ever again: so not from within it.
  ~CallDeadlines();

  void Add(Clock::time_point deadline, uint64_t call);
  void Remove(Clock::time_point deadline, uint64_t call);

 private:
  void Arm() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Tick();

  const std::function<void(const std::vector<uint64_t>&)> late_;
  absl::Mutex mutex_;
  std::set<std::pair<Clock::time_point, uint64_t>> deadlines_ ABSL_GUARDED_BY(mutex_);
  bool armed_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  // The one that runs, and the one before, whose callback may be at work: an alarm cannot be set
  // anew from its own callback.
  std::unique_ptr<grpc::Alarm> timer_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<grpc::Alarm> before_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::rpc
