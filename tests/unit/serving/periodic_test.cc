#include "libs/serving/periodic.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "absl/synchronization/notification.h"

namespace signet::serving {
namespace {

// Turns within the time, counted by the thread itself.
int TurnsWithin(absl::Duration time, absl::Duration interval, int rest,
                std::function<bool()> turn) {
  std::atomic<int> turns = 0;
  Periodic periodic(
      interval,
      [&] {
        ++turns;
        return turn();
      },
      rest);
  periodic.Start();
  std::this_thread::sleep_for(absl::ToChronoMilliseconds(time));
  periodic.Stop();
  return turns;
}

TEST(PeriodicTest, TheFirstTurnComesAfterAnInterval) {
  EXPECT_EQ(TurnsWithin(absl::Milliseconds(50), absl::Hours(1), 0, [] { return false; }), 0);
}

TEST(PeriodicTest, ATurnThatAsksForAnotherGetsItAtOnce) {
  absl::Notification third;
  int turns = 0;
  Periodic periodic(absl::Milliseconds(300), [&] {
    if (++turns == 3) third.Notify();
    return turns < 3;
  });
  const auto started = std::chrono::steady_clock::now();
  periodic.Start();
  third.WaitForNotification();
  // Two more intervals would have taken 900 ms in all.
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::milliseconds(800));
}

TEST(PeriodicTest, ALongTurnIsFollowedByARest) {
  const auto long_turn = [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return false;
  };
  EXPECT_GT(TurnsWithin(absl::Milliseconds(400), absl::Milliseconds(1), 0, long_turn), 2);
  EXPECT_EQ(TurnsWithin(absl::Milliseconds(400), absl::Milliseconds(1), 1000, long_turn), 1);
}

TEST(PeriodicTest, StopEndsTheWait) {
  Periodic periodic(absl::Hours(1), [] { return false; });
  periodic.Start();
  periodic.Stop();
  periodic.Stop();
}

}  // namespace
}  // namespace signet::serving
