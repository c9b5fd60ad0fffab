// The commits that are under way, and whether they come back. Thread-safe.
#pragma once

#include <chrono>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace signet::payment_platform {

class CommitWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // A commit under way, for as long as this lives. watch may be null.
  class UnderWay {
   public:
    explicit UnderWay(CommitWatch* watch);
    ~UnderWay();
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    // came_back: the server answered it, whatever it said.
    void End(bool came_back);

   private:
    CommitWatch* const watch_;
    const Time since_ = std::chrono::steady_clock::now();
    bool came_back_ = true;
  };

  // How long the oldest has been under way; zero where there is none.
  std::chrono::duration<double> Oldest() const;
  // The last one to end did not come back: another has to, before payments are worth a try.
  bool Stuck() const;

 private:
  mutable absl::Mutex mutex_;
  std::multiset<Time> under_way_ ABSL_GUARDED_BY(mutex_);
  bool stuck_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace signet::payment_platform
