#include "services/payment_platform/store/postgres/commit_watch.h"

namespace signet::payment_platform {

CommitWatch::UnderWay::UnderWay(CommitWatch* watch) : watch_(watch) {
  if (watch_ == nullptr) return;
  const absl::MutexLock lock(&watch_->mutex_);
  watch_->under_way_.insert(since_);
}

void CommitWatch::UnderWay::End(bool came_back) { came_back_ = came_back; }

CommitWatch::UnderWay::~UnderWay() {
  if (watch_ == nullptr) return;
  const absl::MutexLock lock(&watch_->mutex_);
  watch_->under_way_.erase(watch_->under_way_.find(since_));
  watch_->stuck_ = !came_back_;
}

std::chrono::duration<double> CommitWatch::Oldest() const {
  const absl::MutexLock lock(&mutex_);
  if (under_way_.empty()) return {};
  return std::chrono::steady_clock::now() - *under_way_.begin();
}

bool CommitWatch::Stuck() const {
  const absl::MutexLock lock(&mutex_);
  return stuck_;
}

}  // namespace signet::payment_platform
