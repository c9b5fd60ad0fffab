// Releases what was authorized and not confirmed in time: a thread that looks once a second.
#pragma once

#include <cstddef>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "services/payment_platform/batcher.h"
#include "services/payment_platform/store/database.h"

namespace signet::payment_platform {

struct ExpirySweeperOptions {
  absl::Duration interval = absl::Seconds(1);
  size_t page = 500;  // payments that one look takes on
};

class ExpirySweeper {
 public:
  using Options = ExpirySweeperOptions;

  // Any number of replicas may sweep at once: expiring twice does nothing.
  ExpirySweeper(Database& database, Batcher& batcher, const Clock& clock, Options options = {});
  ~ExpirySweeper();  // Stop()

  void Start();
  // Before the batcher stops. Idempotent.
  void Stop();

  // One look: expires a page of what is due and answers how many it did. Blocks until they are
  // done.
  absl::StatusOr<size_t> SweepOnce();

 private:
  void Run();
  // False when it is time to stop.
  bool WaitForNextLook(bool at_once);

  Database& database_;
  Batcher& batcher_;
  const Clock& clock_;
  const Options options_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signet::payment_platform
