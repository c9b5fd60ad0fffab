#include "libs/serving/periodic.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace signet::serving {

Periodic::Periodic(absl::Duration interval, std::function<bool()> turn, int rest)
    : interval_(interval), turn_(std::move(turn)), rest_(rest) {}

Periodic::~Periodic() { Stop(); }

void Periodic::Start() {
  thread_ = std::thread([this] {
    absl::Duration wait = interval_;
    while (Wait(wait)) {
      const auto started = std::chrono::steady_clock::now();
      const bool again = turn_();
      const auto took = absl::FromChrono(std::chrono::steady_clock::now() - started);
      wait = again ? absl::ZeroDuration() : std::max(interval_, rest_ * took);
    }
  });
}

void Periodic::Stop() {
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

// False when it is time to stop.
bool Periodic::Wait(absl::Duration time) {
  const absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&stopping_), time);
  return !stopping_;
}

}  // namespace signet::serving
