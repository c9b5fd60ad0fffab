#include "libs/base/clock.h"

#include <chrono>

namespace signet {

int64_t SystemClock::NowUnixMs() const {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

}  // namespace signet
