// How often one caller may call: a token bucket for each, in a table of bounded size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/clock.h"

namespace signet::gateway {

struct RateLimit {
  double per_second = 0;
  double burst = 0;  // what may come at once after a rest
};

// Tokens come back with time, up to the burst; each call takes one. Not thread-safe.
class TokenBucket {
 public:
  TokenBucket(RateLimit limit, int64_t now_unix_ms)
      : limit_(limit), tokens_(limit.burst), last_unix_ms_(now_unix_ms) {}
  [[nodiscard]] bool TryTake(int64_t now_unix_ms);

 private:
  RateLimit limit_;
  double tokens_;
  int64_t last_unix_ms_;
};

// Thread-safe. Where more callers come than the table holds, the one that has not called for
// longest is forgotten; when it comes back it has its whole burst again.
class RateLimiter {
 public:
  RateLimiter(RateLimit limit, size_t max_callers, const Clock& clock)
      : limit_(limit), max_callers_(max_callers), clock_(clock) {}
  [[nodiscard]] bool TryTake(const std::string& caller);

 private:
  struct Entry {
    std::string caller;
    TokenBucket bucket;
  };
  const RateLimit limit_;
  const size_t max_callers_;
  const Clock& clock_;
  absl::Mutex mutex_;
  std::list<Entry> latest_first_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::list<Entry>::iterator> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::gateway
