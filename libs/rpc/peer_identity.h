// Who is at the other end of a TLS connection: the one SPIFFE ID in its certificate.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "grpcpp/security/auth_context.h"

namespace signet::rpc {

// spiffe://signet/gateway, /crypto, /platform, /operator/<name>, /auditor/<name>,
// /device/<8 hex digits>. An auditor sees what an operator sees, and changes nothing.
enum class Role { kGateway, kCrypto, kPlatform, kOperator, kAuditor, kDevice };

struct PeerIdentity {
  Role role = Role::kDevice;
  std::string name;        // operators and auditors
  uint32_t device_id = 0;  // devices
};

// INVALID_ARGUMENT for anything else.
absl::StatusOr<PeerIdentity> ParseSpiffeId(std::string_view uri);
std::string SpiffeId(const PeerIdentity& identity);
// UNAUTHENTICATED unless the peer showed a certificate with exactly one SPIFFE ID of ours.
absl::StatusOr<PeerIdentity> PeerIdentityOf(const grpc::AuthContext& context);

}  // namespace signet::rpc
