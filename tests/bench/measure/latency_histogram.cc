#include "tests/bench/measure/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace signet::bench {
namespace {

constexpr size_t kSubBits = 7;  // 2^7 buckets to each power of two
constexpr uint64_t kSubBuckets = uint64_t{1} << kSubBits;
constexpr uint64_t kMaxUs = (uint64_t{1} << 32) - 1;
constexpr size_t kBuckets = (32 - kSubBits + 1) * kSubBuckets;

// Values below kSubBuckets have a bucket each; of larger ones the highest kSubBits + 1 bits count.
size_t BucketOf(uint64_t us) {
  if (us < kSubBuckets) return us;
  const auto shift = static_cast<size_t>(std::bit_width(us)) - kSubBits - 1;
  return shift * kSubBuckets + (us >> shift);
}

uint64_t UpperEndUs(size_t bucket) {
  if (bucket < kSubBuckets) return bucket;
  const size_t shift = bucket / kSubBuckets - 1;
  return ((bucket - shift * kSubBuckets + 1) << shift) - 1;
}

}  // namespace

LatencyHistogram::LatencyHistogram() : buckets_(kBuckets, 0) {}

void LatencyHistogram::Record(std::chrono::nanoseconds latency) {
  const int64_t us = std::chrono::duration_cast<std::chrono::microseconds>(latency).count();
  ++buckets_[BucketOf(std::min(static_cast<uint64_t>(std::max<int64_t>(us, 0)), kMaxUs))];
  ++count_;
}

double LatencyHistogram::QuantileMs(double share) const {
  const auto wanted =
      std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_))));
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted) return static_cast<double>(UpperEndUs(bucket)) / 1000.0;
  }
  return 0;
}

}  // namespace signet::bench
