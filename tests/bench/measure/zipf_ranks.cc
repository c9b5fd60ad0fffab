#include "tests/bench/measure/zipf_ranks.h"

#include <algorithm>
#include <cmath>

namespace signet::bench {

ZipfRanks::ZipfRanks(size_t count, double exponent) {
  cumulative_.reserve(count);
  double total = 0;
  for (size_t rank = 0; rank < count; ++rank) {
    total += std::pow(static_cast<double>(rank + 1), -exponent);
    cumulative_.push_back(total);
  }
  for (double& share : cumulative_) share /= total;
}

size_t ZipfRanks::At(double uniform) const {
  const auto above = std::upper_bound(cumulative_.begin(), cumulative_.end(), uniform);
  const auto rank = static_cast<size_t>(above - cumulative_.begin());
  return std::min(rank, cumulative_.size() - 1);
}

}  // namespace signet::bench
