// Drives payers for a time and measures. Closed loop: each pays again as soon as it has paid. Open
// loop: payments are due at a fixed rate, whatever becomes of them, and the latency of each counts
// from the moment that it was due, so that a system that stalls cannot hide it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/completion_queue.h"
#include "tests/bench/measure/latency_histogram.h"
#include "tests/bench/measure/payer.h"

namespace signet::bench {

enum class Mark { kStart, kHalf, kEnd };  // of the measured time

struct LoadPlan {
  std::chrono::milliseconds warm_up{2'000};
  std::chrono::milliseconds measured{10'000};
  double rate_per_second = 0;  // 0: closed loop
  // Open loop: whether a payment waits for a payer when none is free, or is counted as unsent.
  bool queue_unsent = true;
  // The load's thread runs as a RealtimeThread, if it may: what it is late by is no latency of
  // devices elsewhere, which share no cores with the services.
  bool realtime = false;
  uint64_t failures_allowed = 100;  // then the load ends
  std::function<void(Mark)> on_mark = [](Mark) {};
};

// Of the measured time.
struct LoadResult {
  double seconds = 0;
  uint64_t paid = 0;
  uint64_t started = 0;  // by their intended start
  uint64_t refused = 0;  // instructions and confirmations answered RESOURCE_EXHAUSTED
  uint64_t unsent = 0;
  uint64_t resent = 0;    // at any time
  uint64_t failed = 0;    // at any time, the warm-up included
  std::string failure;    // one of them
  bool realtime = false;  // as planned, and granted
  LatencyHistogram latency, refusal, connect;

  double PaidPerSecond() const { return static_cast<double>(paid) / seconds; }
};

class Load final : private PayerObserver {
 public:
  // The payers' queue.
  Load(grpc::CompletionQueue& queue, LoadPlan plan) : queue_(queue), plan_(std::move(plan)) {}

  // DEADLINE_EXCEEDED where payers do not get ready, or payments do not end; INTERNAL, with one of
  // them, where too many fail.
  absl::StatusOr<LoadResult> Run(const std::vector<std::unique_ptr<Payer>>& payers);

 private:
  enum class Phase { kPreparing, kRunning, kStopping };

  void Ready(Payer& payer) override;
  void Finished(Payer& payer, const absl::Status& status) override;
  void Refused(std::chrono::nanoseconds after) override;
  void Resent() override { ++result_.resent; }
  void Connected(std::chrono::nanoseconds took) override;

  bool IsOpenLoop() const { return plan_.rate_per_second > 0; }
  bool InWindow(SteadyTime time) const { return time >= window_start_ && time < window_end_; }
  absl::Status PrepareAll(const std::vector<std::unique_ptr<Payer>>& payers);
  void StartRunning();
  void Start(Payer& payer, SteadyTime intended);
  // Payments that are due by now, and marks.
  void Advance(SteadyTime now);
  void ServeDue();
  SteadyTime NextDeadline() const;
  // One event, or none by the deadline.
  void Wait(SteadyTime deadline);

  grpc::CompletionQueue& queue_;
  const LoadPlan plan_;
  LoadResult result_;
  Phase phase_ = Phase::kPreparing;
  SteadyTime window_start_, window_half_, window_end_;
  SteadyTime next_due_;
  std::deque<SteadyTime> due_;  // payments without a payer yet
  std::deque<Payer*> idle_;
  size_t away_ = 0;  // payers that pay, or get ready
  int marks_ = 0;
};

}  // namespace signet::bench
