// The payees that the platform has named to this device: only they can be paid. Pure.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>

namespace signet::hsm_agent {

class PayeeCache {
 public:
  static constexpr size_t kCapacity = 64;

  // Forgets the one verified longest ago where it is full.
  void Remember(const std::string& handle, const std::string& name);
  std::optional<std::string> NameOf(std::string_view handle) const;
  size_t size() const { return payees_.size(); }

 private:
  struct Payee {
    std::string handle;
    std::string name;
  };
  std::list<Payee> payees_;  // verified last comes first
};

}  // namespace signet::hsm_agent
