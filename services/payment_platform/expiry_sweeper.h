// Releases what was authorized and not confirmed in time: a thread that looks once a second.
#pragma once

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/serving/periodic.h"
#include "services/payment_platform/batcher.h"
#include "services/payment_platform/store/postgres/database.h"

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

  void Start() { thread_.Start(); }
  // Before the batcher stops. Idempotent.
  void Stop() { thread_.Stop(); }

  // One look: expires a page of what is due and answers how many it did. Blocks until they are
  // done.
  absl::StatusOr<size_t> SweepOnce();

 private:
  // Whether there may be more.
  bool Look();

  Database& database_;
  Batcher& batcher_;
  const Clock& clock_;
  const Options options_;
  serving::Periodic thread_;
};

}  // namespace signet::payment_platform
