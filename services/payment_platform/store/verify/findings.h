// What a verification found, up to a bound. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace signet::payment_platform {

class Findings {
 public:
  explicit Findings(size_t limit) : limit_(limit) {}

  void Add(std::string finding) {
    if (findings_.size() < limit_) findings_.push_back(std::move(finding));
  }
  // Room for so many more.
  size_t room() const { return limit_ - findings_.size(); }
  std::vector<std::string> Take() { return std::move(findings_); }

 private:
  const size_t limit_;
  std::vector<std::string> findings_;
};

}  // namespace signet::payment_platform
