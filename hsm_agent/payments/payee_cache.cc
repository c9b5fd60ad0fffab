#include "hsm_agent/payments/payee_cache.h"

namespace signet::hsm_agent {

void PayeeCache::Remember(const std::string& handle, const std::string& name) {
  payees_.remove_if([&](const Payee& payee) { return payee.handle == handle; });
  payees_.push_front({handle, name});
  if (payees_.size() > kCapacity) payees_.pop_back();
}

std::optional<std::string> PayeeCache::NameOf(std::string_view handle) const {
  for (const Payee& payee : payees_) {
    if (payee.handle == handle) return payee.name;
  }
  return std::nullopt;
}

}  // namespace signet::hsm_agent
