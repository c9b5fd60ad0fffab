#include "services/gateway/rate_limiter.h"

#include <algorithm>

namespace signet::gateway {

bool TokenBucket::TryTake(int64_t now_unix_ms) {
  // A clock that was set back gives nothing.
  const int64_t elapsed_ms = std::max<int64_t>(0, now_unix_ms - last_unix_ms_);
  last_unix_ms_ = now_unix_ms;
  const double earned = static_cast<double>(elapsed_ms) / 1000 * limit_.per_second;
  tokens_ = std::min(limit_.burst, tokens_ + earned);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

bool RateLimiter::TryTake(const std::string& caller) {
  const int64_t now_unix_ms = clock_.NowUnixMs();
  absl::MutexLock lock(&mutex_);
  const auto known = entries_.find(caller);
  if (known != entries_.end()) {
    latest_first_.splice(latest_first_.begin(), latest_first_, known->second);
  } else {
    if (entries_.size() >= max_callers_) {
      entries_.erase(latest_first_.back().caller);
      latest_first_.pop_back();
    }
    latest_first_.push_front({caller, TokenBucket(limit_, now_unix_ms)});
    entries_[caller] = latest_first_.begin();
  }
  return latest_first_.front().bucket.TryTake(now_unix_ms);
}

}  // namespace signet::gateway
