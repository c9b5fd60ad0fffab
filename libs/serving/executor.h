// A bounded pool of threads for work that blocks: the HSM, the database. gRPC's pollers never wait
// for it.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace signet::serving {

// Tasks that wait are run in one BatchScope, kTasksInOneBatch at most: what they send leaves
// together. A task is told the index of the thread that runs it (0 … threads-1), so that a thread
// can own a session. Thread-safe.
class Executor {
 public:
  using Task = std::function<void(size_t thread_index)>;

  // queue_limit: tasks that may wait.
  Executor(size_t threads, size_t queue_limit);
  ~Executor();  // Stop()

  // False, at once, where the queue is full or the executor stops: the caller answers
  // RESOURCE_EXHAUSTED.
  [[nodiscard]] bool TrySubmit(Task task);
  // For the second half of work whose first half was admitted: waits behind nothing new, is never
  // refused while running.
  void SubmitAdmitted(Task task);
  // Takes no more, runs what is queued, joins. Idempotent.
  void Stop();
  size_t threads() const { return threads_.size(); }

 private:
  void Run(size_t index);
  // The next task. May wait for it; null where there is none: stopping, or not to wait.
  Task Next(bool wait);

  const size_t queue_limit_;
  absl::Mutex mutex_;
  std::deque<Task> admitted_ ABSL_GUARDED_BY(mutex_);
  std::deque<Task> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

// Bounds the requests that are under way in a process at one time. Thread-safe.
class Admission {
 public:
  explicit Admission(size_t limit) : limit_(limit) {}
  // Pair each true with one Leave(). spare: places that must stay free besides, for what is more
  // urgent.
  [[nodiscard]] bool TryEnter(size_t spare = 0);
  void Leave();

 private:
  const size_t limit_;
  absl::Mutex mutex_;
  size_t inside_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace signet::serving
