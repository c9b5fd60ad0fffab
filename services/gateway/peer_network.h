// The network that a peer without a certificate comes from, as the unit of rate limiting. Pure.
#pragma once

#include <string>
#include <string_view>

namespace signet::gateway {

// peer: as gRPC writes it, "ipv4:192.0.2.1:5000" or "ipv6:[2001:db8::1]:5000" (brackets may be
// percent-encoded). An IPv4 address stands for itself, an IPv6 address for its /64, which is what
// one customer is given (RFC 6177). Anything else is "unknown", one for all.
std::string PeerNetwork(std::string_view peer);

}  // namespace signet::gateway
