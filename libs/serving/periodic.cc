#include "libs/serving/periodic.h"

#include <utility>

namespace signet::serving {

Periodic::Periodic(absl::Duration interval, std::function<bool()> turn)
    : interval_(interval), turn_(std::move(turn)) {}

Periodic::~Periodic() { Stop(); }

void Periodic::Start() {
  thread_ = std::thread([this] {
    bool again = false;
    while (Wait(again)) again = turn_();
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
bool Periodic::Wait(bool at_once) {
  const absl::MutexLock lock(&mutex_);
  if (!at_once) mutex_.AwaitWithTimeout(absl::Condition(&stopping_), interval_);
  return !stopping_;
}

}  // namespace signet::serving
