// Ranks by Zipf's law: rank k (from 0) is drawn in proportion to 1 / (k + 1)^exponent. A few
// payees get most payments, as in life. Immutable; thread-safe.
#pragma once

#include <cstddef>
#include <vector>

namespace signet::bench {

class ZipfRanks {
 public:
  ZipfRanks(size_t count, double exponent);
  // uniform: from 0 up to, but not, 1.
  size_t At(double uniform) const;

 private:
  std::vector<double> cumulative_;  // of the share of ranks 0 to k
};

}  // namespace signet::bench
