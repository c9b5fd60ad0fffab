#include "libs/rpc/peer_identity.h"

#include <string>

#include "gtest/gtest.h"

namespace signet::rpc {
namespace {

TEST(PeerIdentityTest, EveryRoleIsReadAndWrittenAlike) {
  for (const char* uri : {"spiffe://signet/gateway", "spiffe://signet/crypto",
                          "spiffe://signet/platform", "spiffe://signet/operator/alice.smith-2",
                          "spiffe://signet/auditor/night", "spiffe://signet/device/0000002a"}) {
    const auto identity = ParseSpiffeId(uri);
    ASSERT_TRUE(identity.ok()) << uri << ": " << identity.status();
    EXPECT_EQ(SpiffeId(*identity), uri);
  }
  EXPECT_EQ(ParseSpiffeId("spiffe://signet/device/0000002a")->device_id, 42U);
  EXPECT_EQ(ParseSpiffeId("spiffe://signet/operator/alice")->name, "alice");
}

TEST(PeerIdentityTest, AnythingElseIsRefused) {
  for (const std::string& uri : {std::string(),
                                 std::string("spiffe://signet"),
                                 std::string("spiffe://signet/"),
                                 std::string("spiffe://signet/gateway/"),
                                 std::string("spiffe://signet/Gateway"),
                                 std::string("spiffe://signet.example/gateway"),
                                 std::string("spiffe://elsewhere/gateway"),
                                 std::string("https://signet/gateway"),
                                 std::string("spiffe://signet/operator/"),
                                 std::string("spiffe://signet/operator"),
                                 std::string("spiffe://signet/auditor/"),
                                 std::string("spiffe://signet/operator/a/b"),
                                 std::string("spiffe://signet/operator/.."),
                                 std::string("spiffe://signet/operator/a b"),
                                 std::string("spiffe://signet/operator/a\0b", 28),
                                 "spiffe://signet/operator/" + std::string(65, 'a'),
                                 std::string("spiffe://signet/device/"),
                                 std::string("spiffe://signet/device/2a"),
                                 std::string("spiffe://signet/device/0000002A"),
                                 std::string("spiffe://signet/device/0000002a0"),
                                 std::string("spiffe://signet/device/0000002g"),
                                 std::string("spiffe://signet/gateway\0/x", 26)}) {
    EXPECT_EQ(ParseSpiffeId(uri).status().code(), absl::StatusCode::kInvalidArgument) << uri;
  }
}

}  // namespace
}  // namespace signet::rpc
