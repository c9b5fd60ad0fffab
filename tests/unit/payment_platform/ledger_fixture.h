// A payer with 100.00 EUR and device 1, a payee with device 2.
#pragma once

#include <gtest/gtest.h>

#include "tests/support/payment_messages.h"
#include "tests/unit/payment_platform/memory_ledger.h"

namespace signet::payment_platform {

class LedgerTest : public ::testing::Test {
 protected:
  static constexpr int64_t kFunds = 10'000;

  LedgerTest() {
    ledger_.AddDevice(1, ledger_.AddAccount("alice", "Alice Ashton", "EUR", kFunds));
    ledger_.AddDevice(2, ledger_.AddAccount("corner-coffee", "Corner Coffee", "EUR", 0));
  }

  Account& payer() { return ledger_.account("alice"); }
  Account& payee() { return ledger_.account("corner-coffee"); }
  Device& device() { return ledger_.devices.at(1); }

  // Instructs, and expects an authorization.
  Outcome Authorize(const Message& instruction) {
    Outcome outcome = ledger_.Execute(instruction);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    EXPECT_EQ(outcome.answer.type, sealing::v1::MESSAGE_TYPE_PAYMENT_AUTHORIZATION);
    return outcome;
  }
  void ExpectRefused(const Command& command, Rejection rejection) {
    const size_t payments = ledger_.payments.size();
    const size_t events = ledger_.events.size();
    const Outcome outcome = ledger_.Execute(command);
    EXPECT_EQ(RejectionLabel(outcome.rejection), std::string(RejectionLabel(rejection)));
    EXPECT_EQ(outcome.status.code(), rejection == Rejection::kMalformed
                                         ? absl::StatusCode::kInvalidArgument
                                         : absl::StatusCode::kPermissionDenied);
    EXPECT_TRUE(outcome.answer.body.empty());
    EXPECT_EQ(ledger_.payments.size(), payments);
    EXPECT_EQ(ledger_.events.size(), events);
  }

  MemoryLedger ledger_;
};

}  // namespace signet::payment_platform
