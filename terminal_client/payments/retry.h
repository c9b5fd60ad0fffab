// Trying again, a bounded number of times, what it is right to try again. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "terminal_client/failure.h"

namespace signet::terminal {

struct RetryPolicy {
  int attempts = 5;
  std::chrono::milliseconds first_pause{250};  // doubles each time
  std::chrono::milliseconds longest_pause{2000};
  std::function<void(std::chrono::milliseconds)> pause;  // waits
};

// The tries of one thing, made by who calls.
class Tries {
 public:
  explicit Tries(const RetryPolicy& policy) : policy_(policy), pause_(policy.first_pause) {}

  // After an error of the gateway's: whether to try again. Waits before it says yes.
  bool Again(const absl::Status& gateway_error) {
    if (++made_ >= policy_.attempts || !MayTryAgain(gateway_error)) return false;
    policy_.pause(pause_);
    pause_ = std::min(2 * pause_, policy_.longest_pause);
    return true;
  }

 private:
  const RetryPolicy& policy_;
  std::chrono::milliseconds pause_;
  int made_ = 0;
};

// The attempt's value, or the error of the last attempt, or the first error that MayTryAgain
// denies. attempt() → absl::StatusOr<T>.
template <typename Attempt>
auto TryAgain(const RetryPolicy& policy, const Attempt& attempt) -> decltype(attempt()) {
  Tries tries(policy);
  while (true) {
    auto result = attempt();
    if (result.ok() || !tries.Again(result.status())) return result;
  }
}

}  // namespace signet::terminal
