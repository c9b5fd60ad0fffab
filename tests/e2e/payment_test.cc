// Payments and queries as users make them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "tests/support/stack.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

nlohmann::json Json(const ProcessResult& result) {
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return nlohmann::json::parse(result.out);
}

std::string OnlyReceipt(const Stack& stack) {
  for (const auto& file :
       std::filesystem::directory_iterator(stack.dir() + "/devices/alice/terminal/receipts")) {
    return file.path();
  }
  ADD_FAILURE() << "no receipt was kept";
  return "";
}

TEST(Payment, MovesMoneyOnceAndGivesAReceiptThatVerifiesOffline) {
  Stack stack;
  const auto paid =
      Json(stack.Terminal("alice", {"--json", "pay", "12.50", "EUR", "--to", "corner-coffee"}));
  EXPECT_EQ(Json(stack.Terminal("alice", {"--json", "balance"}))["posted"]["amountMinor"], "8750");
  EXPECT_EQ(Json(stack.Terminal("coffee", {"--json", "balance"}))["posted"]["amountMinor"], "1250");

  const auto shown = Json(stack.Terminal("alice", {"--json", "show", paid["paymentId"]}));
  EXPECT_EQ(shown["state"], "PAYMENT_STATE_CONFIRMED");
  EXPECT_EQ(stack.Sql("SELECT sum(amount_minor) FROM entry"), "0");
  EXPECT_EQ(stack.Sql("SELECT count(*) FROM entry WHERE counter IS NOT NULL"), "2");

  // Offline: the services are gone, only the file and the pinned key are left.
  stack.Kill("gateway");
  stack.Kill("agent-alice");
  const std::string file = OnlyReceipt(stack);
  EXPECT_EQ(stack.Terminal("alice", {"receipt", "verify", file}).exit_code, 0);
  std::string altered = ReadFile(file);
  const size_t at = altered.find("\"receipt\"") + 20;
  altered[at] = altered[at] == 'A' ? 'B' : 'A';
  WriteFile(stack.dir() + "/altered.json", altered);
  EXPECT_EQ(stack.Terminal("alice", {"receipt", "verify", stack.dir() + "/altered.json"}).exit_code,
            4);
}

TEST(Payment, AReceiptIsFetchedAgainByPayerAndPayee) {
  Stack stack;
  const auto paid =
      Json(stack.Terminal("alice", {"--json", "pay", "12.50", "EUR", "--to", "corner-coffee"}));
  const std::string id = paid["paymentId"];
  std::filesystem::remove(OnlyReceipt(stack));
  for (const std::string device : {"alice", "coffee"}) {
    const auto fetched = Json(stack.Terminal(device, {"--json", "receipt", "fetch", id}));
    EXPECT_EQ(fetched["paymentId"], id);
    EXPECT_EQ(fetched["payerName"], "Alice Martin");
    const std::string file = fetched["receiptFile"];
    EXPECT_THAT(file, HasSubstr("/devices/" + device + "/terminal/receipts/" + id + ".json"));
    EXPECT_EQ(stack.Terminal(device, {"receipt", "verify", file}).exit_code, 0);
  }
  EXPECT_EQ(stack.Terminal("alice", {"receipt", "fetch", "nonsense"}).exit_code, 2);
  const auto unknown = stack.Terminal("alice", {"receipt", "fetch", "00000001-0000ffff"});
  EXPECT_EQ(unknown.exit_code, 7);
  EXPECT_THAT(unknown.err, HasSubstr("signet show"));
  const auto refused =
      stack.Terminal("alice", {"--json", "pay", "999", "EUR", "--to", "corner-coffee"});
  const std::string declined = nlohmann::json::parse(refused.out)["error"]["paymentId"];
  EXPECT_EQ(stack.Terminal("alice", {"receipt", "fetch", declined}).exit_code, 7);
  EXPECT_EQ(Json(stack.Terminal("alice", {"--json", "balance"}))["posted"]["amountMinor"], "8750");
}

TEST(Payment, BusinessDeclinesArriveSealedAndMoveNothing) {
  Stack stack;
  const auto too_much = stack.Terminal("alice", {"pay", "100.01", "EUR", "--to", "corner-coffee"});
  EXPECT_EQ(too_much.exit_code, 3);
  EXPECT_THAT(too_much.err, HasSubstr("insufficient funds"));
  const auto unknown = stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "nobody-here"});
  EXPECT_EQ(unknown.exit_code, 3);
  EXPECT_THAT(unknown.err, HasSubstr("payee"));
  const auto currency = stack.Terminal("alice", {"pay", "1.00", "USD", "--to", "corner-coffee"});
  EXPECT_EQ(currency.exit_code, 3);
  EXPECT_THAT(currency.err, HasSubstr("currency"));
  EXPECT_EQ(Json(stack.Terminal("alice", {"--json", "balance"}))["posted"]["amountMinor"], "10000");
}

TEST(Payment, SuspendedAndRevokedDevicesAreDeclined) {
  Stack stack;
  const std::string device = stack.Sql(
      "SELECT lpad(to_hex(d.device_id), 8, '0') FROM device d JOIN account a USING (account_id) "
      "WHERE handle = 'alice'");
  ASSERT_EQ(stack.Operator({"device", "suspend", device}).exit_code, 0);
  const auto suspended = stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"});
  EXPECT_EQ(suspended.exit_code, 3);
  EXPECT_THAT(suspended.err, HasSubstr("blocked"));
  ASSERT_EQ(stack.Operator({"device", "resume", device}).exit_code, 0);
  EXPECT_EQ(stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"}).exit_code, 0);
  ASSERT_EQ(stack.Operator({"device", "revoke", device, "--yes"}).exit_code, 0);
  EXPECT_EQ(stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"}).exit_code, 3);
  EXPECT_EQ(stack.Operator({"device", "resume", device}).exit_code, 7) << "nothing leaves revoked";
}

TEST(Payment, BlockedAccountsNeitherPayNorArePaid) {
  Stack stack;
  const auto pay = [&] {
    return stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"});
  };
  for (const std::string blocked : {"alice", "corner-coffee"}) {
    ASSERT_EQ(stack.Operator({"account", "block", blocked}).exit_code, 0);
    const auto declined = pay();
    EXPECT_EQ(declined.exit_code, 3);
    EXPECT_THAT(declined.err, HasSubstr("blocked"));
    ASSERT_EQ(stack.Operator({"account", "unblock", blocked}).exit_code, 0);
    EXPECT_EQ(pay().exit_code, 0);
  }
  EXPECT_EQ(stack.Operator({"ledger", "verify"}).exit_code, 0);
}

// A shell's `&`, a cashier's second window: commands of one terminal take turns. Their counters
// arrive in order, so that no honest device looks like a replay, and no payment finds another open.
TEST(Payment, CommandsOfOneTerminalAtOnceTakeTurns) {
  Stack stack;
  constexpr int kAtOnce = 4;
  std::vector<std::future<ProcessResult>> commands;
  const auto begin = [&](std::vector<std::string> arguments) {
    commands.push_back(std::async(std::launch::async, [&stack, arguments = std::move(arguments)] {
      return stack.Terminal("alice", arguments);
    }));
  };
  for (int i = 0; i < kAtOnce; ++i) {
    begin({"pay", "1.00", "EUR", "--to", "corner-coffee"});
    begin({"balance"});
    begin({"balance"});
  }
  for (auto& command : commands) {
    const ProcessResult result = command.get();
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  }
  EXPECT_EQ(Json(stack.Terminal("alice", {"--json", "balance"}))["posted"]["amountMinor"], "9600");
  const auto metrics =
      RunProgram({"curl", "-sf", "http://" + stack.Address("PLATFORM_ADMIN") + "/metrics"});
  EXPECT_THAT(metrics.out,
              HasSubstr("signet_messages_rejected_total{reason=\"stale_counter\"} 0\n"));
}

TEST(Payment, TheLedgerVerifiesAndShowsTampering) {
  Stack stack;
  ASSERT_EQ(stack.Terminal("alice", {"pay", "2.00", "EUR", "--to", "corner-coffee"}).exit_code, 0);
  const auto honest = stack.Operator({"ledger", "verify"});
  EXPECT_EQ(honest.exit_code, 0) << honest.out;
  EXPECT_THAT(honest.err, HasSubstr("2 signatures of devices are right"));
  // Nothing but the device's key can make this one, whoever writes the database.
  stack.Sql("UPDATE payment SET confirmation_signature = instruction_signature");
  const auto forged = stack.Operator({"ledger", "verify"});
  EXPECT_EQ(forged.exit_code, 1);
  EXPECT_THAT(forged.out, HasSubstr("its confirmation is not signed by its device"));
  stack.Sql("UPDATE account SET posted_minor = posted_minor + 1 WHERE handle = 'corner-coffee'");
  const auto verified = stack.Operator({"ledger", "verify"});
  EXPECT_EQ(verified.exit_code, 1);
  EXPECT_THAT(verified.out + verified.err, HasSubstr("corner-coffee"));
}

}  // namespace
}  // namespace signet::testing
