#include "services/gateway/peer_network.h"

#include "gtest/gtest.h"

namespace signet::gateway {
namespace {

TEST(PeerNetworkTest, AnIpv4AddressStandsForItself) {
  EXPECT_EQ(PeerNetwork("ipv4:192.0.2.1:5000"), "192.0.2.1");
  EXPECT_EQ(PeerNetwork("ipv4:192.0.2.1:6000"), "192.0.2.1");
  EXPECT_NE(PeerNetwork("ipv4:192.0.2.2:5000"), "192.0.2.1");
}

TEST(PeerNetworkTest, AnIpv6AddressStandsForItsNetwork) {
  EXPECT_EQ(PeerNetwork("ipv6:[2001:db8:1:2:3:4:5:6]:5000"), "2001:db8:1:2::");
  EXPECT_EQ(PeerNetwork("ipv6:%5B2001:db8:1:2::9%5D:6000"), "2001:db8:1:2::");
  EXPECT_NE(PeerNetwork("ipv6:[2001:db8:1:3::9]:6000"), "2001:db8:1:2::");
  EXPECT_EQ(PeerNetwork("ipv6:[fe80::1%25eth0]:6000"), "fe80::");
  EXPECT_EQ(PeerNetwork("ipv6:[::ffff:192.0.2.1]:6000"), "::ffff:192.0.2.1");
}

TEST(PeerNetworkTest, AnythingElseIsOneForAll) {
  for (const char* peer : {"", ":", "ipv4:", "ipv4:1", "ipv4:300.0.0.1:1", "ipv6:[zz]:1",
                           "unix:/tmp/socket", "unix:a:b", "ipv4:1.2.3.4"}) {
    EXPECT_EQ(PeerNetwork(peer), "unknown") << peer;
  }
}

}  // namespace
}  // namespace signet::gateway
