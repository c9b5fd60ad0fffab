#include "services/gateway/rate_limiter.h"

#include <string>

#include "gtest/gtest.h"

namespace signet::gateway {
namespace {

class ManualClock final : public Clock {
 public:
  int64_t NowUnixMs() const override { return now_unix_ms; }
  int64_t now_unix_ms = 1'000'000;
};

TEST(TokenBucketTest, ABurstThenTheRate) {
  TokenBucket bucket({2, 3}, 0);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.TryTake(0));
  EXPECT_FALSE(bucket.TryTake(0));
  EXPECT_FALSE(bucket.TryTake(499));
  EXPECT_TRUE(bucket.TryTake(500));
  EXPECT_FALSE(bucket.TryTake(999));
  EXPECT_TRUE(bucket.TryTake(1000));
}

TEST(TokenBucketTest, ARestEarnsNoMoreThanTheBurst) {
  TokenBucket bucket({2, 3}, 0);
  const int64_t a_year_later = int64_t{365} * 86'400 * 1000;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.TryTake(a_year_later));
  EXPECT_FALSE(bucket.TryTake(a_year_later));
}

TEST(TokenBucketTest, AClockThatIsSetBackGivesNothingAndTakesNothing) {
  TokenBucket bucket({1, 1}, 10'000);
  EXPECT_TRUE(bucket.TryTake(10'000));
  EXPECT_FALSE(bucket.TryTake(0));
  EXPECT_FALSE(bucket.TryTake(999));
  EXPECT_TRUE(bucket.TryTake(1'000));
}

TEST(TokenBucketTest, RefusedTriesCostNothing) {
  TokenBucket bucket({1, 1}, 0);
  EXPECT_TRUE(bucket.TryTake(0));
  for (int64_t ms = 1; ms < 1000; ++ms) EXPECT_FALSE(bucket.TryTake(ms));
  EXPECT_TRUE(bucket.TryTake(1001));
}

TEST(RateLimiterTest, EachCallerHasABucketOfItsOwn) {
  ManualClock clock;
  RateLimiter limiter({1, 1}, 10, clock);
  EXPECT_TRUE(limiter.TryTake("a"));
  EXPECT_FALSE(limiter.TryTake("a"));
  EXPECT_TRUE(limiter.TryTake("b"));
  clock.now_unix_ms += 1000;
  EXPECT_TRUE(limiter.TryTake("a"));
}

TEST(RateLimiterTest, AFullTableForgetsWhoHasNotCalledForLongest) {
  ManualClock clock;
  RateLimiter limiter({0.001, 1}, 2, clock);
  EXPECT_TRUE(limiter.TryTake("a"));
  EXPECT_TRUE(limiter.TryTake("b"));
  EXPECT_FALSE(limiter.TryTake("a"));  // now b is the one
  EXPECT_TRUE(limiter.TryTake("c"));
  EXPECT_FALSE(limiter.TryTake("a"));
  EXPECT_TRUE(limiter.TryTake("b"));
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(limiter.TryTake(std::to_string(i)));
}

}  // namespace
}  // namespace signet::gateway
