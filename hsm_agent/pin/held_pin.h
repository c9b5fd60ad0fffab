// The PIN of the one open payment, kept between its instruction and its confirmation so that a
// person is asked once. Wiped when it is taken, when its time is over, and at the end.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "libs/base/secret.h"

namespace signet::hsm_agent {

// Thread-safe.
class HeldPin {
 public:
  static constexpr std::chrono::seconds kLifetime{120};

  explicit HeldPin(std::chrono::milliseconds lifetime = kLifetime);
  ~HeldPin();
  HeldPin(const HeldPin&) = delete;
  HeldPin& operator=(const HeldPin&) = delete;

  // Replaces what is held. counter: the KSN counter of the payment it was entered for.
  void Hold(uint32_t counter, Secret pin);
  // The PIN of that payment, no longer held; none where its time is over or another's is held.
  std::optional<Secret> Take(uint32_t counter);
  void Wipe();

 private:
  void WipeInTime();

  const std::chrono::milliseconds lifetime_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::optional<Secret> pin_;
  uint32_t counter_ = 0;
  std::chrono::steady_clock::time_point until_;
  bool ending_ = false;
  std::thread wiper_;  // last: uses all of the above
};

}  // namespace signet::hsm_agent
