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

// The attempt's value, or the error of the last attempt, or the first error that MayTryAgain
// denies. attempt() → absl::StatusOr<T>.
template <typename Attempt>
auto TryAgain(const RetryPolicy& policy, const Attempt& attempt) -> decltype(attempt()) {
  std::chrono::milliseconds pause = policy.first_pause;
  for (int left = policy.attempts;; --left) {
    auto result = attempt();
    if (result.ok() || left <= 1 || !MayTryAgain(result.status())) return result;
    policy.pause(pause);
    pause = std::min(2 * pause, policy.longest_pause);
  }
}

}  // namespace signet::terminal
