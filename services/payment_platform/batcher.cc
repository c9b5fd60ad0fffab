#include "services/payment_platform/batcher.h"

#include <algorithm>
#include <future>
#include <utility>

#include "libs/base/batch_scope.h"

namespace signet::payment_platform {

Batcher::Batcher(std::vector<std::unique_ptr<LedgerStore>> writers, BatcherOptions options,
                 serving::Metrics& metrics)
    : options_(options),
      join_at_(options.max_batch / 4),
      writers_(std::move(writers)),
      batch_size_(metrics.AddHistogram("signet_ledger_batch_size", "Commands in one transaction.",
                                       {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024})),
      payment_metrics_(metrics),
      busy_(writers_.size()) {
  for (const auto& writer : writers_) {
    threads_.emplace_back([this, &store = *writer] { Run(store); });
  }
}

Batcher::~Batcher() { Stop(); }

absl::Status Batcher::Submit(Command command, Done done) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return absl::UnavailableError("the platform is shutting down; nothing was done");
  if (queue_.size() >= options_.queue_limit) {
    return absl::ResourceExhaustedError("the platform is overloaded, nothing was done; try later");
  }
  queue_.push_back(Pending{std::move(command), std::move(done)});
  return absl::OkStatus();
}

Outcome Batcher::SubmitAndWait(Command command) {
  std::promise<Outcome> promise;
  absl::Status submitted = Submit(
      std::move(command), [&promise](Outcome outcome) { promise.set_value(std::move(outcome)); });
  if (submitted.ok()) return promise.get_future().get();
  Outcome refused;
  refused.status = std::move(submitted);
  return refused;
}

std::vector<Batcher::Pending> Batcher::NextBatch() {
  absl::MutexLock lock(&mutex_);
  --busy_;
  const auto work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || (!queue_.empty() && (busy_ == 0 || queue_.size() >= join_at_));
  };
  mutex_.Await(absl::Condition(&work));
  ++busy_;
  std::vector<Pending> batch;
  const size_t size = std::min(queue_.size(), options_.max_batch);
  batch.reserve(size);
  for (size_t i = 0; i < size; ++i) {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

void Batcher::Run(LedgerStore& writer) {
  for (;;) {
    std::vector<Pending> batch = NextBatch();
    if (batch.empty()) return;  // stopping, and nothing is left
    batch_size_.Observe(static_cast<double>(batch.size()));
    std::vector<Command> commands;
    commands.reserve(batch.size());
    for (Pending& pending : batch) commands.push_back(std::move(pending.command));
    std::vector<Outcome> outcomes = writer.Execute(commands);
    const auto committed = std::chrono::steady_clock::now();
    const BatchScope answers;
    for (size_t i = 0; i < batch.size(); ++i) {
      const std::chrono::duration<double> took = committed - batch[i].arrived;
      payment_metrics_.ObserveStage(batch[i].stage, took.count());
      payment_metrics_.Count(outcomes[i]);
      batch[i].done(std::move(outcomes[i]));
    }
  }
}

void Batcher::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace signet::payment_platform
