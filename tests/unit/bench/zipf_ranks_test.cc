#include "tests/bench/measure/zipf_ranks.h"

#include <gtest/gtest.h>

#include <vector>

namespace signet::bench {
namespace {

TEST(ZipfRanks, GivesEachRankItsShare) {
  // Shares 1, 1/2, 1/3 of 11/6.
  const ZipfRanks ranks(3, 1.0);
  std::vector<int> drawn(3, 0);
  for (int i = 0; i < 11'000; ++i) ++drawn[ranks.At(i / 11'000.0)];
  EXPECT_NEAR(drawn[0], 6'000, 1);
  EXPECT_NEAR(drawn[1], 3'000, 1);
  EXPECT_NEAR(drawn[2], 2'000, 1);
}

TEST(ZipfRanks, StaysInRange) {
  const ZipfRanks ranks(100'000, 1.0);
  EXPECT_EQ(ranks.At(0), 0U);
  EXPECT_EQ(ranks.At(0.999'999'999'999'999'9), 99'999U);
}

}  // namespace
}  // namespace signet::bench
