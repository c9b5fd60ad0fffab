// Group commit: whatever has arrived while the previous commit was under way is the next batch. An
// idle platform adds no delay; a busy one shares each commit. One writer works alone as long as it
// keeps up: two that share the work make twice as many commits of it. Thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "libs/serving/metrics.h"
#include "services/payment_platform/domain/command.h"
#include "services/payment_platform/payment_metrics.h"
#include "services/payment_platform/store/ledger/ledger_store.h"

namespace signet::payment_platform {

struct BatcherOptions {
  size_t queue_limit = 4096;  // commands that may wait
  size_t max_batch = 256;
};

class Batcher {
 public:
  // Called once, on a writer's thread; must not block.
  using Done = std::function<void(Outcome)>;

  // One thread a writer.
  Batcher(std::vector<std::unique_ptr<LedgerStore>> writers, BatcherOptions options,
          serving::Metrics& metrics);
  ~Batcher();  // Stop()

  // RESOURCE_EXHAUSTED at once where the queue is full, UNAVAILABLE after Stop: done is never
  // called then.
  absl::Status Submit(Command command, Done done);
  // Submits and waits. Not on gRPC's threads.
  Outcome SubmitAndWait(Command command);

  // Takes no more, finishes what is queued, joins. Idempotent.
  void Stop();

 private:
  struct Pending {
    Command command;
    Done done;
    std::chrono::steady_clock::time_point arrived = std::chrono::steady_clock::now();
    const char* stage = StageOf(command);
  };
  std::vector<Pending> NextBatch();
  void Run(LedgerStore& writer);

  const BatcherOptions options_;
  const size_t join_at_;  // so many commands wait when another writer joins those at work
  const std::vector<std::unique_ptr<LedgerStore>> writers_;
  serving::Histogram& batch_size_;
  PaymentMetrics payment_metrics_;
  absl::Mutex mutex_;
  std::deque<Pending> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  size_t busy_ ABSL_GUARDED_BY(mutex_);  // writers; those that start are, until they ask for work
  std::vector<std::thread> threads_;
};

}  // namespace signet::payment_platform
