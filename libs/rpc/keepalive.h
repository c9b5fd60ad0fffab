// Keepalive times of clients and servers stand together: a client that pings faster than its server
// allows is sent away with GOAWAY.
#pragma once

namespace signet::rpc {

inline constexpr int kClientKeepaliveMs = 30'000;
inline constexpr int kClientKeepaliveTimeoutMs = 10'000;
inline constexpr int kServerKeepaliveMs = 60'000;
inline constexpr int kServerKeepaliveTimeoutMs = 20'000;
inline constexpr int kServerMinPingIntervalMs = 15'000;
static_assert(kServerMinPingIntervalMs < kClientKeepaliveMs);

}  // namespace signet::rpc
