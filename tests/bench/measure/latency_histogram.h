// Latencies in buckets that grow with their value, as in HdrHistogram: 128 to each power of two, so
// that a quantile is at most 0.8 % above the true one. Fixed size, from 1 µs to over an hour. Not
// thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace signet::bench {

class LatencyHistogram {
 public:
  LatencyHistogram();

  // Below zero counts as zero, above the last bucket as the last.
  void Record(std::chrono::nanoseconds latency);
  uint64_t count() const { return count_; }
  // The smallest bucket's upper end that at least this share (0 to 1) does not exceed; 0 where
  // nothing was recorded.
  double QuantileMs(double share) const;

 private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
};

}  // namespace signet::bench
