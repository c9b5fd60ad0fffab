// Whether a service serves, as /readyz tells it. Thread-safe.
#pragma once

#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace signet::serving {

class Readiness {
 public:
  // Not ready: "starting", until one of these is called.
  void SetWaiting(const std::string& why);
  // Ready whenever the check says so. It must not block for longer than a probe waits.
  void SetServing(std::function<absl::Status()> check);
  // Not ready any more. The check is not under way once this returns, nor ever again.
  void SetStopping();

  // UNAVAILABLE, with why it is not ready.
  absl::Status Check();

 private:
  absl::Mutex mutex_;
  std::function<absl::Status()> check_ ABSL_GUARDED_BY(mutex_) = [] {
    return absl::UnavailableError("starting");
  };
};

}  // namespace signet::serving
