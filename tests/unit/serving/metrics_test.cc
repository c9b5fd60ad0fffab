#include "libs/serving/metrics.h"

#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::serving {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

TEST(MetricsTest, SeriesExistAtZeroAndCount) {
  Metrics metrics;
  Counter& counter = metrics.AddCounter("signet_test_total", "What it counts", {{"reason", "a"}});
  metrics.AddCounter("signet_test_total", "What it counts", {{"reason", "b"}});
  EXPECT_THAT(metrics.Serialize(), HasSubstr("signet_test_total{reason=\"a\"} 0"));
  counter.Increment();
  counter.Increment(2);
  const std::string text = metrics.Serialize();
  EXPECT_THAT(text, HasSubstr("# HELP signet_test_total What it counts\n"
                              "# TYPE signet_test_total counter\n"));
  EXPECT_THAT(text, HasSubstr("signet_test_total{reason=\"a\"} 3"));
  EXPECT_THAT(text, HasSubstr("signet_test_total{reason=\"b\"} 0"));
}

TEST(MetricsTest, TheSameNameAndLabelsAreTheSameChild) {
  Metrics metrics;
  Counter& one = metrics.AddCounter("signet_test_total", "x", {{"a", "1"}});
  EXPECT_EQ(&one, &metrics.AddCounter("signet_test_total", "x", {{"a", "1"}}));
  EXPECT_NE(&one, &metrics.AddCounter("signet_test_total", "x", {{"a", "2"}}));
}

TEST(MetricsTest, GaugesAndHistograms) {
  Metrics metrics;
  metrics.AddGauge("signet_up", "x").Set(1);
  Histogram& seconds = metrics.AddHistogram("signet_seconds", "x", {0.1, 1}, {{"op", "sign"}});
  seconds.Observe(0.05);
  seconds.Observe(5);
  const std::string text = metrics.Serialize();
  EXPECT_THAT(text, HasSubstr("signet_up 1"));
  EXPECT_THAT(text, HasSubstr("signet_seconds_bucket{op=\"sign\",le=\"0.1\"} 1"));
  EXPECT_THAT(text, HasSubstr("signet_seconds_bucket{op=\"sign\",le=\"+Inf\"} 2"));
  EXPECT_THAT(text, HasSubstr("signet_seconds_count{op=\"sign\"} 2"));
}

TEST(MetricsTest, TheProcessAndTheBuildAreThere) {
  const std::string text = Metrics().Serialize();
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes",
                           "process_virtual_memory_bytes", "process_open_fds", "process_max_fds",
                           "process_start_time_seconds"}) {
    EXPECT_THAT(text, ContainsRegex(std::string("\n") + name + " [0-9]")) << name;
  }
  EXPECT_THAT(text, ContainsRegex("signet_build_info\\{version=\"[0-9.]+\"\\} 1"));
}

TEST(MetricsTest, LatencyBoundsRise) {
  const auto bounds = LatencyBounds();
  EXPECT_TRUE(std::is_sorted(bounds.begin(), bounds.end()));
  EXPECT_DOUBLE_EQ(bounds.front(), 0.00005);
  EXPECT_DOUBLE_EQ(bounds.back(), 10);
}

}  // namespace
}  // namespace signet::serving
