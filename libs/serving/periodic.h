// A thread that does something again and again until it is stopped.
#pragma once

#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace signet::serving {

class Periodic {
 public:
  // turn: called once each interval, the first time after one; once more at once where it returns
  // true. What it uses must outlive Stop. rest: the wait after a turn is at least so many times as
  // long as the turn took, so turns take at most 1 / (1 + rest) of the time.
  Periodic(absl::Duration interval, std::function<bool()> turn, int rest = 0);
  ~Periodic();  // Stop()
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

  void Start();
  // Ends the wait, lets a turn that is under way end, and joins. Idempotent.
  void Stop();

 private:
  bool Wait(absl::Duration time);

  const absl::Duration interval_;
  const std::function<bool()> turn_;
  const int rest_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signet::serving
