#include "hsm_agent/payments/payee_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace signet::hsm_agent {
namespace {

TEST(PayeeCacheTest, KnowsOnlyWhatItWasTold) {
  PayeeCache cache;
  EXPECT_FALSE(cache.NameOf("coffee").has_value());
  cache.Remember("coffee", "Corner Coffee");
  EXPECT_EQ(cache.NameOf("coffee"), "Corner Coffee");
  EXPECT_FALSE(cache.NameOf("coffe").has_value());
  EXPECT_FALSE(cache.NameOf("").has_value());
}

TEST(PayeeCacheTest, TheLastNameCounts) {
  PayeeCache cache;
  cache.Remember("coffee", "Old");
  cache.Remember("coffee", "New");
  EXPECT_EQ(cache.NameOf("coffee"), "New");
  EXPECT_EQ(cache.size(), 1U);
}

TEST(PayeeCacheTest, IsBoundedAndForgetsTheOldest) {
  PayeeCache cache;
  for (size_t i = 0; i < PayeeCache::kCapacity; ++i) cache.Remember("p" + std::to_string(i), "n");
  cache.Remember("p0", "again");  // verified last now
  cache.Remember("one-more", "n");
  EXPECT_EQ(cache.size(), PayeeCache::kCapacity);
  EXPECT_FALSE(cache.NameOf("p1").has_value());
  EXPECT_EQ(cache.NameOf("p0"), "again");
}

}  // namespace
}  // namespace signet::hsm_agent
