#include "libs/rpc/method_policy.h"

#include <cstddef>
#include <utility>

namespace signet::rpc {
namespace {

// "/package.Service/Method" → "/package.Service/*"; empty where it is no such path.
std::string WholeService(const std::string& method) {
  if (method.empty() || method.front() != '/') return {};
  const size_t slash = method.find('/', 1);
  if (slash == std::string::npos || slash == 1 || slash + 1 == method.size()) return {};
  if (method.find('/', slash + 1) != std::string::npos) return {};
  return method.substr(0, slash + 1) + "*";
}

absl::Status Denied() {
  return absl::PermissionDeniedError("this caller may not call this method");
}

}  // namespace

MethodPolicy& MethodPolicy::Allow(const std::string& method, std::set<Role> roles) {
  allowed_[method].merge(roles);
  return *this;
}

MethodPolicy& MethodPolicy::AllowAnonymous(const std::string& method) {
  anonymous_.insert(method);
  return *this;
}

absl::Status MethodPolicy::Check(const std::string& method, const PeerIdentity* peer) const {
  const std::string service = WholeService(method);
  if (service.empty()) return Denied();
  if (anonymous_.count(method) > 0 || anonymous_.count(service) > 0) return absl::OkStatus();
  if (peer == nullptr) return Denied();
  // What is said of a method itself stands in place of what is said of its service.
  auto rule = allowed_.find(method);
  if (rule == allowed_.end()) rule = allowed_.find(service);
  if (rule == allowed_.end() || rule->second.count(peer->role) == 0) return Denied();
  return absl::OkStatus();
}

}  // namespace signet::rpc
