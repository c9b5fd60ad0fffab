#include "hsm_agent/pin/held_pin.h"

#include <gtest/gtest.h>

#include <chrono>

namespace signet::hsm_agent {
namespace {

TEST(HeldPinTest, IsTakenOnceAndForItsPaymentOnly) {
  HeldPin held;
  held.Hold(7, Secret("1234"));
  EXPECT_TRUE(*held.Take(7) == Secret("1234"));
  EXPECT_FALSE(held.Take(7).has_value());
  held.Hold(7, Secret("1234"));
  EXPECT_FALSE(held.Take(8).has_value());
  EXPECT_FALSE(held.Take(7).has_value()) << "wiped when another payment's was asked for";
}

TEST(HeldPinTest, CanBeWiped) {
  HeldPin held;
  held.Hold(7, Secret("1234"));
  held.Wipe();
  EXPECT_FALSE(held.Take(7).has_value());
}

TEST(HeldPinTest, IsNotGivenAfterItsTime) {
  HeldPin held(std::chrono::milliseconds(0));
  held.Hold(7, Secret("1234"));
  EXPECT_FALSE(held.Take(7).has_value());
}

}  // namespace
}  // namespace signet::hsm_agent
