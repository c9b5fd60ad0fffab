// The threads that use the HSM, one for each of its sessions. All work for one device goes to the
// same thread, so that what its session keeps for the device is found there, without a lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "libs/serving/executor.h"

namespace signet::crypto {

// Thread-safe.
class HsmThreads {
 public:
  // A task is told its thread's index: 0 … threads-1.
  using Task = std::function<void(size_t thread)>;

  // queue_limit: tasks that may wait for one thread.
  HsmThreads(size_t threads, size_t queue_limit);

  // As serving::Executor's.
  [[nodiscard]] bool TrySubmit(uint32_t device_id, Task task);
  void SubmitAdmitted(uint32_t device_id, Task task);
  void Stop();

 private:
  size_t ThreadOf(uint32_t device_id) const { return device_id % threads_.size(); }
  std::vector<std::unique_ptr<serving::Executor>> threads_;
};

}  // namespace signet::crypto
