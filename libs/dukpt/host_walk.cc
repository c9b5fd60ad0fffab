#include "libs/dukpt/host_walk.h"

namespace signet::dukpt {

std::vector<uint32_t> PathTo(uint32_t counter) {
  std::vector<uint32_t> path;
  uint32_t reached = 0;
  for (uint32_t bit = uint32_t{1} << 31; bit != 0; bit >>= 1) {
    if ((counter & bit) == 0) continue;
    reached |= bit;
    path.push_back(reached);
  }
  return path;
}

}  // namespace signet::dukpt
