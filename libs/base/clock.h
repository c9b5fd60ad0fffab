// The time of day, passed in wherever a rule depends on it.
#pragma once

#include <cstdint>

namespace signet {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t NowUnixMs() const = 0;
};

// The machine's clock. Thread-safe.
class SystemClock final : public Clock {
 public:
  int64_t NowUnixMs() const override;
};

}  // namespace signet
