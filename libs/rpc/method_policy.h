// Which role may call which method. Whatever is not named is denied.
#pragma once

#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "libs/rpc/peer_identity.h"

namespace signet::rpc {

class MethodPolicy {
 public:
  // method: "/package.Service/Method", or "/package.Service/*" for all of a service.
  MethodPolicy& Allow(const std::string& method, std::set<Role> roles);
  // Anyone who passed the handshake, with or without a certificate (the enrollment listener).
  MethodPolicy& AllowAnonymous(const std::string& method);

  // peer: null where it showed no certificate of ours. PERMISSION_DENIED.
  absl::Status Check(const std::string& method, const PeerIdentity* peer) const;

 private:
  std::map<std::string, std::set<Role>> allowed_;
  std::set<std::string> anonymous_;
};

}  // namespace signet::rpc
