#include "tests/bench/measure/process_usage.h"

#include <gtest/gtest.h>

namespace signet::bench {
namespace {

TEST(ProcessUsage, ReadsAStatLine) {
  const auto stat = ParseStat(
      "4242 (postgres) S 17 4242 4242 0 -1 4194560 1 2 3 4 250 50 1000 500 20 0 1 0 9 8 7", 100);
  ASSERT_TRUE(stat.ok()) << stat.status();
  EXPECT_EQ(stat->parent, 17);
  EXPECT_DOUBLE_EQ(stat->cpu_seconds, 3);
  EXPECT_DOUBLE_EQ(stat->children_cpu_seconds, 15);
}

TEST(ProcessUsage, TheNameMayHoldAnything) {
  const auto stat = ParseStat("1 (a) R 9 (b c) S 17 1 1 0 -1 0 0 0 0 0 100 0 0 0 20 0", 100);
  ASSERT_TRUE(stat.ok()) << stat.status();
  EXPECT_EQ(stat->parent, 17);
  EXPECT_DOUBLE_EQ(stat->cpu_seconds, 1);
}

TEST(ProcessUsage, RefusesWhatIsNoStatLine) {
  EXPECT_FALSE(ParseStat("", 100).ok());
  EXPECT_FALSE(ParseStat("1 (short) S 1 2 3", 100).ok());
}

}  // namespace
}  // namespace signet::bench
