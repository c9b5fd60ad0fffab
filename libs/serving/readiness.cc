#include "libs/serving/readiness.h"

#include <utility>

namespace signet::serving {

void Readiness::SetWaiting(const std::string& why) {
  SetServing([why] { return absl::UnavailableError(why); });
}

void Readiness::SetServing(std::function<absl::Status()> check) {
  absl::MutexLock lock(&mutex_);
  check_ = std::move(check);
}

void Readiness::SetStopping() { SetWaiting("stopping"); }

absl::Status Readiness::Check() {
  absl::MutexLock lock(&mutex_);
  return check_();
}

}  // namespace signet::serving
