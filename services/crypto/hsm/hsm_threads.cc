#include "services/crypto/hsm/hsm_threads.h"

#include <utility>

namespace signet::crypto {

HsmThreads::HsmThreads(size_t threads, size_t queue_limit) {
  for (size_t i = 0; i < threads; ++i) {
    threads_.push_back(std::make_unique<serving::Executor>(1, queue_limit));
  }
}

bool HsmThreads::TrySubmit(uint32_t device_id, Task task) {
  const size_t thread = ThreadOf(device_id);
  return threads_[thread]->TrySubmit([thread, run = std::move(task)](size_t) { run(thread); });
}

void HsmThreads::SubmitAdmitted(uint32_t device_id, Task task) {
  const size_t thread = ThreadOf(device_id);
  threads_[thread]->SubmitAdmitted([thread, run = std::move(task)](size_t) { run(thread); });
}

void HsmThreads::Stop() {
  for (const auto& thread : threads_) thread->Stop();
}

}  // namespace signet::crypto
