// The verifier is quiet on an honest ledger, and names what an intruder with the database's
// password changed.
#include "services/payment_platform/store/verify/ledger_verifier.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "tests/integration/payment_platform/platform_fixture.h"

namespace signet::testing {
namespace {

using payment_platform::LedgerVerdict;
using payment_platform::VerifierOptions;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LedgerVerifierTest : public PlatformTest {
 protected:
  // Deposits, and payments that were confirmed, declined, expired and left open.
  void SetUp() override {
    PlatformTest::SetUp();
    OpenAccount("alice", "Alice Martin", 10'000);
    OpenAccount("corner-coffee", "Corner Coffee", 0);
    OpenAccount("yuki", "Yuki Mori", 500, "JPY");
    device_ = AddActiveDevice("alice");
    for (uint32_t counter = 1; counter <= 4; ++counter) Pay(device_, counter, 100 * counter);
    Instruct(device_, 5, 1'000'000);
    Instruct(device_, 6, 250);
    clock_.Advance(120'001);
    ASSERT_EQ(batcher_->SubmitAndWait(payment_platform::ExpirePayment{{device_, 6}}).payment_state,
              payments::v1::PAYMENT_STATE_EXPIRED);
    Instruct(device_, 7, 300);
  }

  LedgerVerdict Verify(VerifierOptions options = {}) {
    const auto verdict = payment_platform::VerifyLedger(*database_, options);
    EXPECT_TRUE(verdict.ok()) << verdict.status().message();
    return verdict.value_or(LedgerVerdict{});
  }
  void ExpectFinding(const std::string& part) {
    EXPECT_THAT(Verify().findings, Contains(HasSubstr(part)));
  }

  uint32_t device_ = 0;
};

TEST_F(LedgerVerifierTest, IsQuietOnAnHonestLedger) {
  const LedgerVerdict verdict = Verify();
  EXPECT_THAT(verdict.findings, IsEmpty());
  EXPECT_TRUE(verdict.consistent());
  EXPECT_EQ(verdict.payments, 7U);
  EXPECT_EQ(verdict.entries, 4U + 2 * 4);
  EXPECT_EQ(verdict.imbalance_minor, (std::map<std::string, int64_t>{{"EUR", 0}, {"JPY", 0}}));
}

TEST_F(LedgerVerifierTest, IsQuietOnAnEmptyLedger) {
  PlatformTest::SetUp();  // a fresh database
  EXPECT_THAT(Verify().findings, IsEmpty());
}

TEST_F(LedgerVerifierTest, SmallPagesAndSlicesSeeTheSame) {
  VerifierOptions options;
  options.page_rows = 2;
  options.slice_size = 2;
  const LedgerVerdict honest = Verify(options);
  EXPECT_THAT(honest.findings, IsEmpty());
  EXPECT_EQ(honest.batches, Verify().batches);
  Tamper("DELETE FROM payment WHERE counter = 5");
  Tamper("UPDATE payment SET amount_minor = 299 WHERE counter = 7");
  const LedgerVerdict tampered = Verify(options);
  EXPECT_THAT(tampered.findings, ::testing::UnorderedElementsAreArray(Verify().findings));
}

TEST_F(LedgerVerifierTest, NamesAChangedPaymentAmount) {
  Tamper("UPDATE payment SET amount_minor = 1 WHERE counter = 2");
  ExpectFinding("payment 00000001-00000002: its amount is 1, the journal says 200");
  ExpectFinding("payment 00000001-00000002: its amount is 1, its instruction says 200");
}

TEST_F(LedgerVerifierTest, NamesAChangedPaymentState) {
  Tamper("UPDATE payment SET state = 4 WHERE counter = 3");
  ExpectFinding(
      "payment 00000001-00000003: its state is PAYMENT_STATE_EXPIRED, the journal says "
      "PAYMENT_STATE_CONFIRMED");
}

TEST_F(LedgerVerifierTest, NamesAChangedPayee) {
  Tamper("UPDATE payment SET payee_account_id = payer_account_id WHERE counter = 1");
  ExpectFinding("payment 00000001-00000001: its payee account is");
}

TEST_F(LedgerVerifierTest, NamesAChangedReceipt) {
  Tamper(
      "UPDATE payment SET outcome_body = (SELECT outcome_body FROM payment WHERE counter = 2)"
      " WHERE counter = 1");
  ExpectFinding("payment 00000001-00000001: its amount is 100, its receipt says 200");
  ExpectFinding("payment 00000001-00000001: its receipt is of another payment");
}

TEST_F(LedgerVerifierTest, NamesAChangedInstruction) {
  Tamper("UPDATE payment SET instruction_body = instruction_body || '\\x00' WHERE counter = 1");
  ExpectFinding("payment 00000001-00000001: its stored instruction does not have the hash");
}

TEST_F(LedgerVerifierTest, NamesAConfirmedPaymentWithoutAConfirmation) {
  Tamper(
      "UPDATE payment SET confirmation_hash = NULL, confirmation_header = NULL,"
      " confirmation_body = NULL, confirmation_signature = NULL WHERE counter = 1");
  ExpectFinding("payment 00000001-00000001: it is confirmed, but no confirmation is stored");
}

TEST_F(LedgerVerifierTest, NamesAChangedReasonOfADecline) {
  Tamper("UPDATE payment SET decline_reason = 3 WHERE counter = 5");
  ExpectFinding("payment 00000001-00000005: its decline reason is 3, the journal says");
}

TEST_F(LedgerVerifierTest, NamesADeletedAndAnInventedPayment) {
  Tamper("UPDATE payment SET counter = 8 WHERE counter = 5");
  ExpectFinding("payment 00000001-00000005 is in the journal, but it is not stored");
  ExpectFinding("payment 00000001-00000008 is stored, but the journal has no event of it");
  ExpectFinding("device 00000001: its highest counter is below that of its payment");
}

TEST_F(LedgerVerifierTest, NamesAChangedAccountBalance) {
  Tamper("UPDATE account SET posted_minor = posted_minor + 5 WHERE handle = 'alice'");
  const LedgerVerdict verdict = Verify();
  EXPECT_THAT(verdict.findings,
              ::testing::ElementsAre("account \"alice\": its posted amount is 9005, its postings "
                                     "sum up to 9000"));
}

TEST_F(LedgerVerifierTest, NamesAChangedReservation) {
  Tamper("UPDATE account SET reserved_minor = 0 WHERE handle = 'alice'");
  ExpectFinding(
      "account \"alice\": its reserved amount is 0, its authorized payments sum up to 300");
}

TEST_F(LedgerVerifierTest, NamesAnAccountTheJournalNeverOpened) {
  Tamper(
      "ALTER TABLE account ALTER account_id DROP IDENTITY;"
      " UPDATE account SET account_id = 77 WHERE handle = 'yuki'");
  ExpectFinding("account \"yuki\" is stored, but the journal never opened it");
  ExpectFinding("was opened in the journal, but it is not stored");
  ExpectFinding("the posting is of an account that is not stored");
}

TEST_F(LedgerVerifierTest, NamesADeletedPosting) {
  Tamper("DELETE FROM entry WHERE counter = 2 AND amount_minor > 0");
  ExpectFinding("payment 00000001-00000002 is confirmed with 1 postings instead of 2");
  ExpectFinding("account \"corner-coffee\": its posted amount is 1000, its postings sum up to 800");
  ExpectFinding("all postings in EUR sum up to -200 instead of 0");
  EXPECT_EQ(Verify().imbalance_minor.at("EUR"), -200);
}

TEST_F(LedgerVerifierTest, NamesADeletedDeposit) {
  Tamper("DELETE FROM entry WHERE device_id IS NULL AND amount_minor = 10000");
  ExpectFinding("is missing, for the opening deposit of account number");
}

TEST_F(LedgerVerifierTest, NamesAChangedPosting) {
  Tamper("UPDATE entry SET amount_minor = -1 WHERE counter = 2 AND amount_minor < 0");
  ExpectFinding("should be -200 to account number");
}

TEST_F(LedgerVerifierTest, NamesAnInventedPosting) {
  Tamper(
      "INSERT INTO entry SELECT chain, sequence, 9, account_id, 50, posted_after_minor + 50,"
      " NULL, NULL FROM entry WHERE counter = 2 AND amount_minor < 0");
  ExpectFinding("the posting of 50 to account number");
}

TEST_F(LedgerVerifierTest, NamesAPostingOutsideOfTheJournal) {
  Tamper(
      "INSERT INTO entry SELECT chain, 1000, 1, account_id, 50, posted_after_minor + 50,"
      " NULL, NULL FROM entry WHERE counter = 2 AND amount_minor < 0");
  ExpectFinding("batch 1000, line 1: the posting has no batch in the journal");
}

TEST_F(LedgerVerifierTest, NamesAChangedRunningBalance) {
  Tamper(
      "UPDATE entry SET posted_after_minor = posted_after_minor + 1"
      " WHERE counter = 2 AND amount_minor < 0");
  ExpectFinding("account \"alice\": the running balances of its postings break at");
}

TEST_F(LedgerVerifierTest, NamesAnAlteredBatch) {
  Tamper(
      "UPDATE journal SET batch = batch || '\\x0a00'"
      " WHERE (chain, sequence) = (SELECT min(chain), 1 FROM journal)");
  ExpectFinding("batch 1: its hash does not fit its contents");
}

TEST_F(LedgerVerifierTest, NamesABatchThatWasAlteredAndHashedAnew) {
  // The intruder knows how hashes are made, but would have to make every later one as well.
  Tamper(
      "UPDATE journal SET hash = decode(repeat('ab', 32), 'hex')"
      " WHERE (chain, sequence) = (SELECT chain, 1 FROM journal GROUP BY chain"
      " ORDER BY count(*) DESC LIMIT 1)");
  ExpectFinding("batch 2: it is not chained to the batch before it");
}

TEST_F(LedgerVerifierTest, NamesADeletedBatch) {
  Tamper(
      "DELETE FROM journal WHERE (chain, sequence) = (SELECT chain, 2 FROM journal"
      " GROUP BY chain ORDER BY count(*) DESC LIMIT 1)");
  ExpectFinding("batch 3: it follows batch 1, so batches are missing");
}

TEST_F(LedgerVerifierTest, FindingsAreBounded) {
  Tamper(
      "UPDATE payment SET amount_minor = 1; INSERT INTO payment SELECT device_id,"
      " counter + g * 100, state, decline_reason, payer_account_id, payee_account_id,"
      " currency_code, amount_minor, payee_handle, payee_name, reference, instruction_hash,"
      " instruction_header, instruction_body, instruction_signature, answer_type, answer_body"
      ", confirmation_hash, confirmation_header, confirmation_body, confirmation_signature,"
      " outcome_type, outcome_body, created_at_unix_ms, expires_at_unix_ms,"
      " completed_at_unix_ms FROM payment, generate_series(1, 40) g");
  EXPECT_EQ(Verify().findings.size(), payment_platform::kMaxFindings);
}

}  // namespace
}  // namespace signet::testing
