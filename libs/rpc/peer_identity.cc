#include "libs/rpc/peer_identity.h"

#include <algorithm>
#include <vector>

#include "grpc/grpc_security_constants.h"
#include "libs/base/ids.h"

namespace signet::rpc {
namespace {

constexpr std::string_view kTrustDomain = "spiffe://signet/";
constexpr std::string_view kOperatorPath = "operator/";
constexpr std::string_view kAuditorPath = "auditor/";
constexpr std::string_view kDevicePath = "device/";
constexpr size_t kMaxOperatorName = 64;

absl::Status NotOurs() {
  return absl::InvalidArgumentError(
      "not a SPIFFE ID of Signet; expected spiffe://signet/ and then gateway, crypto, platform, "
      "operator/NAME, auditor/NAME or device/ with 8 lower-case hex digits");
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// What a SPIFFE path segment may hold (SPIFFE-ID, 2.2): letters, digits, dots, dashes, underscores.
bool IsOperatorName(std::string_view name) {
  if (name.empty() || name.size() > kMaxOperatorName || name == "." || name == "..") return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

}  // namespace

absl::StatusOr<PeerIdentity> ParseSpiffeId(std::string_view uri) {
  if (!TakePrefix(uri, kTrustDomain)) return NotOurs();
  PeerIdentity identity;
  if (uri == "gateway") {
    identity.role = Role::kGateway;
  } else if (uri == "crypto") {
    identity.role = Role::kCrypto;
  } else if (uri == "platform") {
    identity.role = Role::kPlatform;
  } else if (TakePrefix(uri, kOperatorPath)) {
    if (!IsOperatorName(uri)) return NotOurs();
    identity.role = Role::kOperator;
    identity.name = std::string(uri);
  } else if (TakePrefix(uri, kAuditorPath)) {
    if (!IsOperatorName(uri)) return NotOurs();
    identity.role = Role::kAuditor;
    identity.name = std::string(uri);
  } else if (TakePrefix(uri, kDevicePath)) {
    // One spelling only, so that one device has one identity.
    const absl::StatusOr<uint32_t> device_id = ParseDeviceId(uri);
    if (!device_id.ok() || FormatDeviceId(*device_id) != uri) return NotOurs();
    identity.role = Role::kDevice;
    identity.device_id = *device_id;
  } else {
    return NotOurs();
  }
  return identity;
}

std::string SpiffeId(const PeerIdentity& identity) {
  const std::string domain(kTrustDomain);
  switch (identity.role) {
    case Role::kGateway:
      return domain + "gateway";
    case Role::kCrypto:
      return domain + "crypto";
    case Role::kPlatform:
      return domain + "platform";
    case Role::kOperator:
      return domain + std::string(kOperatorPath) + identity.name;
    case Role::kAuditor:
      return domain + std::string(kAuditorPath) + identity.name;
    case Role::kDevice:
      return domain + std::string(kDevicePath) + FormatDeviceId(identity.device_id);
  }
  return {};
}

absl::StatusOr<PeerIdentity> PeerIdentityOf(const grpc::AuthContext& context) {
  if (!context.IsPeerAuthenticated()) {
    return absl::UnauthenticatedError("the peer showed no certificate");
  }
  // Not GetPeerIdentity(): that returns every subject alternative name, DNS names included.
  const std::vector<grpc::string_ref> ids =
      context.FindPropertyValues(GRPC_PEER_SPIFFE_ID_PROPERTY_NAME);
  if (ids.size() != 1) {
    return absl::UnauthenticatedError("the peer's certificate does not hold exactly one SPIFFE ID");
  }
  absl::StatusOr<PeerIdentity> identity =
      ParseSpiffeId(std::string_view(ids.front().data(), ids.front().size()));
  if (!identity.ok()) {
    return absl::UnauthenticatedError("the peer's certificate holds a SPIFFE ID that is " +
                                      std::string(identity.status().message()));
  }
  return identity;
}

}  // namespace signet::rpc
