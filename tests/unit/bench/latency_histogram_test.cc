#include "tests/bench/measure/latency_histogram.h"

#include <gtest/gtest.h>

#include <chrono>

namespace signet::bench {
namespace {

using std::chrono::microseconds;

TEST(LatencyHistogram, IsExactWhereValuesAreSmall) {
  LatencyHistogram histogram;
  for (int us = 1; us <= 100; ++us) histogram.Record(microseconds(us));
  EXPECT_EQ(histogram.count(), 100U);
  EXPECT_DOUBLE_EQ(histogram.QuantileMs(0.5), 0.050);
  EXPECT_DOUBLE_EQ(histogram.QuantileMs(0.99), 0.099);
  EXPECT_DOUBLE_EQ(histogram.QuantileMs(1), 0.100);
}

TEST(LatencyHistogram, StaysWithinOnePercentUpToAnHour) {
  for (int64_t us = 1; us < 4'000'000'000; us = us * 3 + 1) {
    LatencyHistogram histogram;
    histogram.Record(microseconds(us));
    const double exact = static_cast<double>(us) / 1000;
    EXPECT_GE(histogram.QuantileMs(0.5), exact);
    EXPECT_LE(histogram.QuantileMs(0.5), exact * 1.01);
  }
}

TEST(LatencyHistogram, OneSlowOfHundredIsTheLastPercent) {
  LatencyHistogram histogram;
  for (int i = 0; i < 98; ++i) histogram.Record(microseconds(10));
  histogram.Record(std::chrono::milliseconds(100));
  histogram.Record(std::chrono::milliseconds(100));
  EXPECT_DOUBLE_EQ(histogram.QuantileMs(0.98), 0.010);
  EXPECT_NEAR(histogram.QuantileMs(0.99), 100, 1);
}

TEST(LatencyHistogram, TakesWhatIsOutOfRange) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.QuantileMs(0.5), 0);
  histogram.Record(microseconds(-5));
  EXPECT_EQ(histogram.QuantileMs(1), 0);
  histogram.Record(std::chrono::hours(48));
  EXPECT_NEAR(histogram.QuantileMs(1), 4'294'967, 1);
}

}  // namespace
}  // namespace signet::bench
