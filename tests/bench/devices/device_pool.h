// Simulated devices that are offline. The one that has rested longest comes online first: the
// gateway gives each device a burst of calls that comes back with time.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "tests/bench/devices/simulated_device.h"

namespace signet::bench {

class DevicePool {
 public:
  explicit DevicePool(std::vector<std::unique_ptr<SimulatedDevice>> devices)
      : resting_(std::make_move_iterator(devices.begin()), std::make_move_iterator(devices.end())) {
  }

  size_t size() const { return resting_.size(); }
  // There must be one.
  std::unique_ptr<SimulatedDevice> Take() {
    auto device = std::move(resting_.front());
    resting_.pop_front();
    return device;
  }
  void Return(std::unique_ptr<SimulatedDevice> device) { resting_.push_back(std::move(device)); }
  // So many of them become a pool of their own. There must be as many.
  DevicePool Split(size_t count) {
    std::vector<std::unique_ptr<SimulatedDevice>> taken;
    while (taken.size() < count) taken.push_back(Take());
    return DevicePool(std::move(taken));
  }

 private:
  std::deque<std::unique_ptr<SimulatedDevice>> resting_;
};

}  // namespace signet::bench
