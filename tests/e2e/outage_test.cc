// Lost networks, dead processes, a dead database: no payment is lost or made twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <regex>

#include <nlohmann/json.hpp>

#include "tests/support/stack.h"

namespace signet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Outage, NothingWasSentWhereTheGatewayIsDown) {
  Stack stack;
  stack.Kill("gateway");
  const auto unreachable = stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"});
  EXPECT_EQ(unreachable.exit_code, 5) << unreachable.err;
  stack.Start();
  EXPECT_EQ(stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"}).exit_code, 0);
}

// gRPC would leave it running, deaf for ever and ready. It takes three silences of ten seconds.
TEST(Outage, AGatewayThatCanAcceptNoMoreEndsAndIsStartedAnew) {
  Stack stack;
  const std::string flood = "pid=$(<'" + stack.dir() +
                            "/run/gateway.pid'); prlimit --pid $pid --nofile=64:64;" +
                            "for ((i = 0; i < 100; ++i)); do exec {fd}<>/dev/tcp/" +
                            std::regex_replace(stack.Address("ENROLLMENT"), std::regex(":"), "/") +
                            " || break; done; timeout 100 tail --pid=$pid -f /dev/null";
  const ProcessResult ended = RunProgram({"bash", "-c", flood});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ReadFile(stack.dir() + "/log/gateway.log"), HasSubstr("listener_lost"));
  stack.Start();
  EXPECT_EQ(stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"}).exit_code, 0);
}

// Not the network's fault, nor that of this terminal's options.
TEST(Outage, AServiceBehindTheGatewayIsToldFromTheGateway) {
  Stack stack;
  const std::string answers = "answers, but the payment service behind it does not (request ";
  const auto expect_told = [&](const std::string& down) {
    const auto balance = stack.Terminal("alice", {"balance"});
    EXPECT_EQ(balance.exit_code, 5) << down;
    EXPECT_THAT(balance.err, AllOf(HasSubstr(answers), HasSubstr("no answer yet; asking again"),
                                   HasSubstr("try again later"), Not(HasSubstr("paid")),
                                   Not(HasSubstr("--server-ca"))))
        << down;
    const auto pay = stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"});
    EXPECT_EQ(pay.exit_code, 5) << down;
    EXPECT_THAT(pay.err, AllOf(HasSubstr(answers), HasSubstr("; nothing was paid; try again"),
                               Not(HasSubstr("unknown"))))
        << down;
  };
  stack.StopPostgres();
  expect_told("Postgres");
  for (const char* service : {"platform", "crypto"}) {
    stack.Kill(service);
    expect_told(service);
  }
}

TEST(Outage, TheDatabaseGoesAndComesBack) {
  Stack stack;
  ASSERT_EQ(stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"}).exit_code, 0);
  stack.StopPostgres();
  const auto down = stack.Terminal("alice", {"pay", "2.00", "EUR", "--to", "corner-coffee"});
  EXPECT_TRUE(down.exit_code == 5 || down.exit_code == 6) << down.exit_code << down.err;
  const auto status = stack.Operator({"status"});
  EXPECT_EQ(status.exit_code, 5);
  EXPECT_THAT(status.err,
              AllOf(HasSubstr("was reached"), HasSubstr("see its /readyz and Postgres")));
  stack.StartPostgres();
  const auto resumed = stack.Terminal("alice", {"resume"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(stack.Terminal("alice", {"pay", "3.00", "EUR", "--to", "corner-coffee"}).exit_code, 0);
  EXPECT_EQ(stack.Operator({"ledger", "verify"}).exit_code, 0);
  EXPECT_EQ(stack.Sql("SELECT sum(amount_minor) FROM entry"), "0");
}

TEST(Outage, AKilledAgentGoesOn) {
  Stack stack;
  ASSERT_EQ(stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"}).exit_code, 0);
  stack.Kill("agent-alice");
  EXPECT_EQ(stack.Terminal("alice", {"balance"}).exit_code, 8) << "no agent";
  stack.Start();
  EXPECT_EQ(stack.Terminal("alice", {"pay", "2.00", "EUR", "--to", "corner-coffee"}).exit_code, 0);
  EXPECT_EQ(stack.Sql("SELECT posted_minor FROM account WHERE handle = 'alice'"), "9700");
}

TEST(Outage, TheOrderOfStartsDoesNotMatter) {
  Stack stack;
  for (const char* service : {"gateway", "crypto", "platform"}) stack.Kill(service);
  stack.StopPostgres();
  stack.StartServices({"gateway", "crypto"});
  auto platform = std::async(std::launch::async, [&] { stack.StartServices({"platform"}); });
  const auto readyz = [&](const std::string& service) {
    return RunProgram({"curl", "-s", "http://" + stack.Address(service + "_ADMIN") + "/readyz"})
        .out;
  };
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string waiting;
  while (waiting.find("waiting for the database") == std::string::npos &&
         std::chrono::steady_clock::now() < give_up) {
    waiting = readyz("PLATFORM");
  }
  EXPECT_THAT(waiting, HasSubstr("waiting for the database"));
  EXPECT_THAT(readyz("CRYPTO"), HasSubstr("platform"));
  stack.StartPostgres();
  platform.get();
  EXPECT_EQ(stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"}).exit_code, 0);
  EXPECT_EQ(readyz("GATEWAY"), "ready\n");
}

TEST(Outage, EveryServiceMayBeKilledAndStartedAgain) {
  Stack stack;
  for (const std::string service : {"platform", "crypto", "gateway"}) {
    stack.Kill(service);
    stack.Start();
    const auto paid = stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"});
    EXPECT_EQ(paid.exit_code, 0) << service << ": " << paid.err;
  }
  EXPECT_EQ(stack.Operator({"ledger", "verify"}).exit_code, 0);
}

}  // namespace
}  // namespace signet::testing
