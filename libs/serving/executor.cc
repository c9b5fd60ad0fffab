#include "libs/serving/executor.h"

#include <utility>

#include "libs/base/batch_scope.h"

namespace signet::serving {
namespace {

// Some milliseconds of work: none waits longer for those behind it.
constexpr int kTasksInOneBatch = 16;

}  // namespace

Executor::Executor(size_t threads, size_t queue_limit) : queue_limit_(queue_limit) {
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, i] { Run(i); });
  }
}

Executor::~Executor() { Stop(); }

bool Executor::TrySubmit(Task task) {
  absl::MutexLock lock(&mutex_);
  if (stopping_ || queue_.size() >= queue_limit_) return false;
  queue_.push_back(std::move(task));
  return true;
}

// Bounded by what was admitted before. It is taken even while Stop() drains, because a task that
// runs then may still have its second half to do. Once the threads have ended it would never run:
// shut the servers down first, then stop the executor.
void Executor::SubmitAdmitted(Task task) {
  absl::MutexLock lock(&mutex_);
  admitted_.push_back(std::move(task));
}

void Executor::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

Executor::Task Executor::Next(bool wait) {
  const auto has_news = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || !admitted_.empty() || !queue_.empty();
  };
  absl::MutexLock lock(&mutex_);
  if (wait) mutex_.Await(absl::Condition(&has_news));
  std::deque<Task>& source = admitted_.empty() ? queue_ : admitted_;
  if (source.empty()) return nullptr;
  Task task = std::move(source.front());
  source.pop_front();
  return task;
}

void Executor::Run(size_t index) {
  while (Task task = Next(/*wait=*/true)) {
    const BatchScope batch;
    for (int tasks = 0; task != nullptr; task = Next(/*wait=*/false)) {
      task(index);
      if (++tasks == kTasksInOneBatch) break;
    }
  }
}

bool Admission::TryEnter(size_t spare) {
  absl::MutexLock lock(&mutex_);
  if (inside_ + spare >= limit_) return false;
  ++inside_;
  return true;
}

void Admission::Leave() {
  absl::MutexLock lock(&mutex_);
  --inside_;
}

}  // namespace signet::serving
