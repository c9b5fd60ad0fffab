#include "libs/digests/digests.h"
#include "tests/unit/payment_platform/ledger_fixture.h"

namespace signet::payment_platform {
namespace {

using namespace signet::testing;  // messages

using QueryTest = LedgerTest;

TEST_F(QueryTest, AccountShowsPostedReservedAvailable) {
  Authorize(Instruction({1, 1}));
  const Message query = AccountQuery({1, 2});
  const auto result = QueryResultOf(ledger_.Execute(query));
  EXPECT_EQ(result.request_hash(), MessageDigest(query.header, query.body));
  EXPECT_EQ(result.account().handle(), "alice");
  EXPECT_EQ(result.account().posted().amount_minor(), kFunds);
  EXPECT_EQ(result.account().reserved().amount_minor(), 1250);
  EXPECT_EQ(result.account().available().amount_minor(), kFunds - 1250);
  EXPECT_EQ(result.account().payment_limit().amount_minor(), 50'000);
  EXPECT_EQ(result.account().available().currency_code(), "EUR");
}

TEST_F(QueryTest, CounterIsUsedUp) {
  EXPECT_TRUE(ledger_.Execute(AccountQuery({1, 3})).status.ok());
  EXPECT_EQ(device().highest_counter, 3u);
  ExpectRefused(AccountQuery({1, 3}), Rejection::kStaleCounter);
  ExpectRefused(Instruction({1, 3}), Rejection::kStaleCounter);
  ExpectRefused(AccountQuery({1, 2}), Rejection::kStaleCounter);
}

TEST_F(QueryTest, CounterOfAPaymentIsAConflict) {
  Authorize(Instruction({1, 1}));
  ExpectRefused(AccountQuery({1, 1}), Rejection::kConflictingCounter);
}

TEST_F(QueryTest, PaymentIsShownToItsPayerAndPayee) {
  Authorize(Instruction({1, 1}));
  for (const uint32_t device : {1u, 2u}) {
    const auto result =
        QueryResultOf(ledger_.Execute(PaymentQuery({device, 2}, "00000001-00000001")));
    EXPECT_EQ(result.payment().payment_id(), "00000001-00000001");
    EXPECT_EQ(result.payment().state(), payments::v1::PAYMENT_STATE_AUTHORIZED);
    EXPECT_EQ(result.payment().payer(), "alice");
    EXPECT_EQ(result.payment().payee(), "corner-coffee");
    EXPECT_EQ(result.payment().payee_name(), "Corner Coffee");
    EXPECT_EQ(result.payment().reference(), "two flat whites");
  }
}

TEST_F(QueryTest, PaymentOfOthersIsNotFound) {
  ledger_.AddDevice(3, ledger_.AddAccount("mallory", "Mallory", "EUR", 0));
  Authorize(Instruction({1, 1}));
  ledger_.Execute(Instruction({1, 2}, {.amount_minor = kFunds}));  // declined
  const auto reason = [&](uint32_t device, uint32_t counter, const std::string& id) {
    return DeclineReasonOf(ledger_.Execute(PaymentQuery({device, counter}, id)));
  };
  EXPECT_EQ(reason(3, 1, "00000001-00000001"), payments::v1::DECLINE_REASON_NOT_FOUND);
  EXPECT_EQ(reason(2, 1, "00000001-00000002"), payments::v1::DECLINE_REASON_NOT_FOUND);
  EXPECT_EQ(reason(1, 3, "00000001-00000099"), payments::v1::DECLINE_REASON_NOT_FOUND);
  EXPECT_EQ(reason(1, 4, "nonsense"), payments::v1::DECLINE_REASON_NOT_FOUND);
}

TEST_F(QueryTest, AuthorizedPaymentSaysUntilWhenItWaits) {
  const Message instruction = Instruction({1, 1});
  const Outcome authorized = Authorize(instruction);
  const auto expires = [&](uint32_t counter) {
    return QueryResultOf(ledger_.Execute(PaymentQuery({1, counter}, "00000001-00000001")))
        .payment()
        .expires_at_unix_ms();
  };
  EXPECT_EQ(expires(2), AuthorizationOf(authorized).expires_at_unix_ms());
  ledger_.Execute(Confirmation(instruction, authorized.answer.body));
  EXPECT_EQ(expires(3), 0);
}

TEST_F(QueryTest, PayeeIsResolvedToItsName) {
  const auto result = QueryResultOf(ledger_.Execute(PayeeQuery({1, 1}, "corner-coffee")));
  EXPECT_EQ(result.payee().handle(), "corner-coffee");
  EXPECT_EQ(result.payee().name(), "Corner Coffee");
  EXPECT_EQ(result.payee().currency_code(), "EUR");
  const Outcome unknown = ledger_.Execute(PayeeQuery({1, 2}, "nobody"));
  EXPECT_EQ(DeclineReasonOf(unknown), payments::v1::DECLINE_REASON_PAYEE_UNKNOWN);
  payee().kind = AccountKind::kSystem;
  EXPECT_EQ(DeclineReasonOf(ledger_.Execute(PayeeQuery({1, 3}, "corner-coffee"))),
            payments::v1::DECLINE_REASON_PAYEE_UNKNOWN);
}

TEST_F(QueryTest, BlockedDeviceLearnsNothing) {
  device().state = DeviceState::kSuspended;
  EXPECT_EQ(DeclineReasonOf(ledger_.Execute(AccountQuery({1, 1}))),
            payments::v1::DECLINE_REASON_DEVICE_BLOCKED);
}

TEST_F(QueryTest, MalformedQueriesAreRefused) {
  Message query = AccountQuery({1, 1});
  query.body = "\xff";
  ExpectRefused(query, Rejection::kMalformed);
  query.body = "";
  ExpectRefused(query, Rejection::kMalformed);
}

TEST_F(QueryTest, AccountIsOpenedWithItsDeposit) {
  const OpenAccount open{"bob", "Bob", AccountKind::kCustomer, "JPY", 500, 100, "olivia"};
  EXPECT_TRUE(ledger_.Execute(open).status.ok());
  EXPECT_EQ(ledger_.account("bob").posted_minor, 500);
  EXPECT_EQ(ledger_.account("bob").floor_minor, 0);
  EXPECT_EQ(ledger_.account("system-jpy").posted_minor, -500);
  EXPECT_EQ(ledger_.SumOfEntries(), 0);
  EXPECT_EQ(ledger_.events.back().account_opened().deposit_minor(), 500);
  EXPECT_EQ(ledger_.audit.back().subject, "bob");
  EXPECT_TRUE(absl::IsAlreadyExists(ledger_.Execute(open).status));
}

TEST_F(QueryTest, AccountsThatBreakARuleAreNotOpened) {
  const OpenAccount good{"bob", "Bob", AccountKind::kCustomer, "EUR", 0, 100, "olivia"};
  const auto refused = [&](auto change) {
    OpenAccount open = good;
    change(open);
    return absl::IsInvalidArgument(ledger_.Execute(open).status);
  };
  EXPECT_TRUE(refused([](OpenAccount& o) { o.handle = "B"; }));
  EXPECT_TRUE(refused([](OpenAccount& o) { o.handle = "system-eur"; }));
  EXPECT_TRUE(refused([](OpenAccount& o) { o.name = ""; }));
  EXPECT_TRUE(refused([](OpenAccount& o) { o.name = "a\nb"; }));
  EXPECT_TRUE(refused([](OpenAccount& o) { o.kind = AccountKind::kSystem; }));
  EXPECT_TRUE(refused([](OpenAccount& o) { o.currency_code = "XXQ"; }));
  EXPECT_TRUE(refused([](OpenAccount& o) { o.deposit_minor = -1; }));
  EXPECT_TRUE(refused([](OpenAccount& o) { o.payment_limit_minor = 0; }));
  EXPECT_EQ(ledger_.accounts.size(), 2u);
  EXPECT_TRUE(ledger_.Execute(good).status.ok());
}

}  // namespace
}  // namespace signet::payment_platform
