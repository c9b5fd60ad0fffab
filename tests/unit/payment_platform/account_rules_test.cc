#include "services/payment_platform/domain/account_rules.h"

#include "gmock/gmock.h"

namespace signet::payment_platform {
namespace {

using ::testing::HasSubstr;

struct Case {
  AccountKind kind;
  AccountState state;
  const char* devices;  // what a refusal says; empty: may have them
  const char* change;
};

TEST(AccountRulesTest, WhatMayBecomeOfEachKindInEachState) {
  constexpr char kOwn[] = "the platform's own account";
  constexpr char kBlocked[] = "signetctl account unblock";
  for (const Case& c : {Case{AccountKind::kCustomer, AccountState::kActive, "", ""},
                        Case{AccountKind::kMerchant, AccountState::kActive, "", ""},
                        Case{AccountKind::kCustomer, AccountState::kBlocked, kBlocked, ""},
                        Case{AccountKind::kMerchant, AccountState::kBlocked, kBlocked, ""},
                        Case{AccountKind::kSystem, AccountState::kActive, kOwn, kOwn},
                        Case{AccountKind::kSystem, AccountState::kBlocked, kOwn, kOwn}}) {
    Account account;
    account.handle = "alice";
    account.kind = c.kind;
    account.state = c.state;
    const absl::Status devices = CheckMayHaveDevices(account);
    EXPECT_EQ(devices.ok(), *c.devices == '\0');
    EXPECT_THAT(std::string(devices.message()), HasSubstr(c.devices));
    const absl::Status change = CheckMayChangeState(account);
    EXPECT_EQ(change.ok(), *c.change == '\0');
    EXPECT_THAT(std::string(change.message()), HasSubstr(c.change));
  }
}

}  // namespace
}  // namespace signet::payment_platform
