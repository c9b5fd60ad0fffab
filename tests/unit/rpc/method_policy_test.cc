#include "libs/rpc/method_policy.h"

#include <string>

#include "gtest/gtest.h"

namespace signet::rpc {
namespace {

PeerIdentity Peer(Role role) {
  PeerIdentity peer;
  peer.role = role;
  return peer;
}

bool Allowed(const MethodPolicy& policy, const std::string& method, Role role) {
  const PeerIdentity peer = Peer(role);
  const absl::Status status = policy.Check(method, &peer);
  if (!status.ok()) {
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  }
  return status.ok();
}

TEST(MethodPolicyTest, AnEmptyPolicyDeniesEverybody) {
  const MethodPolicy policy;
  for (const Role role :
       {Role::kGateway, Role::kCrypto, Role::kPlatform, Role::kOperator, Role::kDevice}) {
    EXPECT_FALSE(Allowed(policy, "/a.B/C", role));
  }
  EXPECT_FALSE(policy.Check("/a.B/C", nullptr).ok());
}

TEST(MethodPolicyTest, OnlyTheNamedRolesMayCallTheNamedMethod) {
  MethodPolicy policy;
  policy.Allow("/a.B/C", {Role::kGateway, Role::kCrypto});
  EXPECT_TRUE(Allowed(policy, "/a.B/C", Role::kGateway));
  EXPECT_TRUE(Allowed(policy, "/a.B/C", Role::kCrypto));
  EXPECT_FALSE(Allowed(policy, "/a.B/C", Role::kDevice));
  EXPECT_FALSE(Allowed(policy, "/a.B/D", Role::kGateway));
  EXPECT_FALSE(Allowed(policy, "/a.B2/C", Role::kGateway));
  EXPECT_FALSE(policy.Check("/a.B/C", nullptr).ok());
}

TEST(MethodPolicyTest, ARuleForAServiceHoldsForItsMethodsAlone) {
  MethodPolicy policy;
  policy.Allow("/a.B/*", {Role::kDevice});
  EXPECT_TRUE(Allowed(policy, "/a.B/C", Role::kDevice));
  EXPECT_FALSE(Allowed(policy, "/a.B/C", Role::kOperator));
  EXPECT_FALSE(Allowed(policy, "/a.BC/D", Role::kDevice));
  EXPECT_FALSE(Allowed(policy, "/a.B/C/D", Role::kDevice));
}

TEST(MethodPolicyTest, ARuleForAMethodReplacesThatOfItsService) {
  MethodPolicy policy;
  policy.Allow("/a.B/*", {Role::kDevice}).Allow("/a.B/Admin", {Role::kOperator});
  EXPECT_FALSE(Allowed(policy, "/a.B/Admin", Role::kDevice));
  EXPECT_TRUE(Allowed(policy, "/a.B/Admin", Role::kOperator));
}

TEST(MethodPolicyTest, RulesForOneMethodAddUp) {
  MethodPolicy policy;
  policy.Allow("/a.B/C", {Role::kDevice}).Allow("/a.B/C", {Role::kOperator});
  EXPECT_TRUE(Allowed(policy, "/a.B/C", Role::kDevice));
  EXPECT_TRUE(Allowed(policy, "/a.B/C", Role::kOperator));
}

TEST(MethodPolicyTest, WhatIsNoMethodPathIsDenied) {
  MethodPolicy policy;
  policy.Allow("", {Role::kDevice})
      .Allow("/*", {Role::kDevice})
      .Allow("a.B/C", {Role::kDevice})
      .Allow("//C", {Role::kDevice})
      .Allow("/a.B/", {Role::kDevice});
  for (const char* method : {"", "/", "//", "/a", "a.B/C", "//C", "/a.B/", "/a.B//C"}) {
    EXPECT_FALSE(Allowed(policy, method, Role::kDevice)) << method;
  }
}

TEST(MethodPolicyTest, AnonymousMethodsAreForAnyone) {
  MethodPolicy policy;
  policy.AllowAnonymous("/a.B/Enroll");
  EXPECT_TRUE(policy.Check("/a.B/Enroll", nullptr).ok());
  EXPECT_TRUE(Allowed(policy, "/a.B/Enroll", Role::kDevice));
  EXPECT_FALSE(policy.Check("/a.B/Other", nullptr).ok());
}

}  // namespace
}  // namespace signet::rpc
