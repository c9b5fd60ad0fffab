#include "hsm_agent/pin/held_pin.h"

#include <utility>

namespace signet::hsm_agent {

using std::chrono::steady_clock;

HeldPin::HeldPin(std::chrono::milliseconds lifetime)
    : lifetime_(lifetime), wiper_([this] { WipeInTime(); }) {}

HeldPin::~HeldPin() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
    pin_.reset();
  }
  changed_.notify_all();
  wiper_.join();
}

void HeldPin::Hold(uint32_t counter, Secret pin) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    pin_ = std::move(pin);
    counter_ = counter;
    until_ = steady_clock::now() + lifetime_;
  }
  changed_.notify_all();
}

std::optional<Secret> HeldPin::Take(uint32_t counter) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::optional<Secret> taken = std::exchange(pin_, std::nullopt);
  if (counter != counter_ || steady_clock::now() >= until_) return std::nullopt;
  return taken;
}

void HeldPin::Wipe() {
  const std::lock_guard<std::mutex> lock(mutex_);
  pin_.reset();
}

void HeldPin::WipeInTime() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!ending_) {
    if (!pin_.has_value()) {
      changed_.wait(lock);
    } else if (changed_.wait_until(lock, until_) == std::cv_status::timeout &&
               steady_clock::now() >= until_) {
      pin_.reset();
    }
  }
}

}  // namespace signet::hsm_agent
