#include "libs/rpc/trace.h"

#include <string>

#include "gtest/gtest.h"

namespace signet::rpc {
namespace {

// The example of the Recommendation, 3.2.3.
constexpr char kExample[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceTest, TheNextHopIsOfTheSameTrace) {
  const std::string next = NextTraceparent(kExample);
  EXPECT_TRUE(IsTraceparent(next));
  EXPECT_EQ(TraceIdOf(next), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_NE(next, kExample) << "it has a span of its own";
  EXPECT_TRUE(IsSampled(next));
}

TEST(TraceTest, WhoNamesNoneGetsANewOneThatIsNotSampled) {
  const std::string first = NextTraceparent("");
  EXPECT_TRUE(IsTraceparent(first));
  EXPECT_FALSE(IsSampled(first));
  EXPECT_NE(TraceIdOf(first), TraceIdOf(NextTraceparent("")));
}

TEST(TraceTest, WhatIsMalformedIsNotPassedOn) {
  const std::string good = kExample;
  for (const std::string& bad :
       {std::string(), good.substr(1), good + "0", "01" + good.substr(2), "ff" + good.substr(2),
        "00-00000000000000000000000000000000" + good.substr(35),
        good.substr(0, 36) + "0000000000000000-01",
        std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736") + good.substr(35),
        good.substr(0, 35) + "_" + good.substr(36), good.substr(0, 53) + "\n1"}) {
    EXPECT_FALSE(IsTraceparent(bad)) << bad;
    EXPECT_EQ(TraceIdOf(bad), "") << bad;
    EXPECT_FALSE(IsSampled(bad)) << bad;
    EXPECT_NE(TraceIdOf(NextTraceparent(bad)), TraceIdOf(good)) << bad;
  }
}

TEST(TraceTest, OnlyTheLowestFlagAsksForARecord) {
  const std::string good = kExample;
  EXPECT_FALSE(IsSampled(good.substr(0, 53) + "02"));
  EXPECT_TRUE(IsSampled(good.substr(0, 53) + "0b"));
}

}  // namespace
}  // namespace signet::rpc
