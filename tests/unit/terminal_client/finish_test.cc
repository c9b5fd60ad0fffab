// No receipt is lost where the terminal ends between the agent's closing of a payment and its own
// keeping of the receipt.
#include "terminal_client/payments/finish.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/program/program.h"
#include "terminal_client/failure.h"
#include "terminal_client/payments/earlier_payment.h"
#include "terminal_client/private_files.h"
#include "tests/unit/terminal_client/fake_services.h"

namespace signet::terminal {
namespace {

using serving::ExitCode;
using serving::ExitCodeOf;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class FinishTest : public ::testing::Test {
 protected:
  FinishTest() {
    open_.set_payment_id(kPayment);
    *open_.mutable_message() = Message("instruction");
    gateway_.answer = [this](const std::string& ciphertext, int, std::string& answer) {
      if (lost_) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "lost");
      answer = ciphertext == "instruction" ? (declines_ ? "decline" : "authorization") : "receipt";
      return grpc::Status::OK;
    };
  }
  void SetUp() override {
    std::string name = ::testing::TempDir() + "/signet-finish-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  StateDir State() const { return StateDir(folder_); }
  std::string ReceiptFile() const { return folder_ + "/receipts/" + kPayment + ".json"; }

  FakeAgent agent_;
  FakeGateway gateway_;
  InProcess agent_server_{agent_};
  InProcess gateway_server_{gateway_};
  AgentClient agent_client_{agent_server_.channel(), "agent.sock"};
  GatewayClient gateway_client_{gateway_server_.channel(), "gateway:1", std::chrono::seconds(10)};
  Connections connections_{agent_client_, gateway_client_, {.attempts = 2, .pause = [](auto) {}}};
  std::ostringstream out_;
  std::ostringstream err_;
  cli::Output output_{out_, err_, {}};
  device::v1::OpenPayment open_;
  bool lost_ = false;
  bool declines_ = false;
  std::string folder_;
};

TEST_F(FinishTest, KeepsTheReceiptAndForgetsThePayment) {
  ASSERT_TRUE(FinishAndShow(connections_, State(), open_, output_).ok());
  EXPECT_TRUE(FileExists(ReceiptFile()));
  EXPECT_EQ(State().Unfinished(), "");
  EXPECT_THAT(out_.str(), HasSubstr(ReceiptFile()));
}

TEST_F(FinishTest, AnUnknownOutcomeIsRemembered) {
  lost_ = true;
  EXPECT_EQ(ExitCodeOf(FinishAndShow(connections_, State(), open_, output_)),
            ExitCode::kOutcomeUnknown);
  EXPECT_EQ(State().Unfinished(), kPayment);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(FinishTest, ADeclineIsForgotten) {
  declines_ = true;
  EXPECT_EQ(ExitCodeOf(FinishAndShow(connections_, State(), open_, output_)), ExitCode::kDeclined);
  EXPECT_EQ(State().Unfinished(), "");
}

TEST_F(FinishTest, APaymentIsNotSentWhereItCannotBeRemembered) {
  std::filesystem::remove_all(folder_);
  const absl::Status status = FinishAndShow(connections_, State(), open_, output_);
  EXPECT_EQ(PaymentIdOf(status), kPayment);
  EXPECT_THAT(std::string(status.message()), HasSubstr("not sent"));
  EXPECT_TRUE(gateway_.received.empty());
}

TEST_F(FinishTest, AReceiptThatCannotBeKeptIsAWarningAndCanBeHadLater) {
  ASSERT_TRUE(WritePrivateFile(folder_ + "/receipts", "in the way").ok());
  EXPECT_TRUE(FinishAndShow(connections_, State(), open_, output_).ok());
  EXPECT_THAT(out_.str(), HasSubstr(kPayment));
  EXPECT_THAT(err_.str(), HasSubstr("is made, but its receipt"));
  EXPECT_EQ(State().Unfinished(), kPayment);

  ASSERT_TRUE(RemoveFile(folder_ + "/receipts").ok());
  EXPECT_TRUE(RecoverReceipt(agent_client_, State(), output_).value());
  EXPECT_TRUE(FileExists(ReceiptFile()));
  EXPECT_FALSE(RecoverReceipt(agent_client_, State(), output_).value());
}

TEST_F(FinishTest, ACrashBeforeTheReceiptIsKeptIsMendedByTheNextCommand) {
  for (const bool by_resume : {true, false}) {
    ASSERT_TRUE(FinishAndShow(connections_, State(), open_, output_).ok());
    ASSERT_TRUE(RemoveFile(ReceiptFile()).ok());
    ASSERT_TRUE(State().NoteUnfinished(kPayment).ok());
    if (by_resume) {
      EXPECT_TRUE(RecoverReceipt(agent_client_, State(), output_).value());
    } else {
      KeepLastReceipt(agent_client_, State(), output_);
    }
    EXPECT_TRUE(FileExists(ReceiptFile()));
    agent_.payment_open = true;
  }
}

// The next payment's note takes the place of this one's: nothing else says how to get the receipt.
TEST_F(FinishTest, AnEarlierReceiptThatStillCannotBeKeptIsAWarning) {
  ASSERT_TRUE(FinishAndShow(connections_, State(), open_, output_).ok());
  KeepLastReceipt(agent_client_, State(), output_);
  EXPECT_THAT(err_.str(), Not(HasSubstr("warning"))) << "there is nothing to keep";
  std::filesystem::remove_all(folder_ + "/receipts");
  ASSERT_TRUE(WritePrivateFile(folder_ + "/receipts", "in the way").ok());
  ASSERT_TRUE(State().NoteUnfinished(kPayment).ok());
  cli::Output quiet(out_, err_, {.quiet = true});
  KeepLastReceipt(agent_client_, State(), quiet);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("warning: "), HasSubstr("not be kept"),
                                HasSubstr("`signet receipt fetch 00000001-0000002a`")));
}

TEST_F(FinishTest, WhatTheAgentNoLongerKnowsIsForgotten) {
  ASSERT_TRUE(State().NoteUnfinished("00000001-00000001").ok());
  EXPECT_FALSE(RecoverReceipt(agent_client_, State(), output_).value());
  EXPECT_EQ(State().Unfinished(), "");
}

TEST_F(FinishTest, ADeclineThatWasNotShownIsShown) {
  agent_.payment_open = false;
  agent_.last_closed.mutable_decline()->set_reason(payments::v1::DECLINE_REASON_EXPIRED);
  ASSERT_TRUE(State().NoteUnfinished(kPayment).ok());
  EXPECT_EQ(ExitCodeOf(RecoverReceipt(agent_client_, State(), output_).status()),
            ExitCode::kDeclined);
  EXPECT_EQ(State().Unfinished(), "");
}

// What an earlier command left open is ended before the next payment begins, and told.
TEST_F(FinishTest, AnEarlierPaymentIsMadeFirst) {
  const auto told = EndEarlierPayment(connections_, State(), output_);
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(*told, (cli::Fields{{"earlierPaymentId", kPayment},
                                {"earlierOutcome", "made"},
                                {"earlierReceiptFile", ReceiptFile()}}));
  EXPECT_TRUE(FileExists(ReceiptFile()));
  EXPECT_EQ(State().Unfinished(), "");
  EXPECT_THAT(err_.str(), HasSubstr("warning: payment 00000001-0000002a, 12.50 EUR to Corner "
                                    "Coffee (corner-coffee), was still open and is made now"));
  EXPECT_EQ(out_.str(), "") << "the answer is the new payment's";
  EXPECT_EQ(EndEarlierPayment(connections_, State(), output_).value(), cli::Fields{});
}

TEST_F(FinishTest, AnEarlierPaymentThatIsDeclinedIsNoHindrance) {
  declines_ = true;
  EXPECT_EQ(EndEarlierPayment(connections_, State(), output_).value(),
            (cli::Fields{{"earlierPaymentId", kPayment}, {"earlierOutcome", "not made"}}));
  EXPECT_EQ(State().Unfinished(), "");
  EXPECT_THAT(err_.str(), HasSubstr("is not made: declined"));
}

TEST_F(FinishTest, AnEarlierPaymentOfUnknownOutcomeLetsNothingBegin) {
  lost_ = true;
  const absl::Status status = EndEarlierPayment(connections_, State(), output_).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kOutcomeUnknown);
  EXPECT_EQ(PaymentIdOf(status), kPayment);
  EXPECT_THAT(std::string(status.message()), HasSubstr("no new payment was begun"));
  EXPECT_EQ(State().Unfinished(), kPayment);
}

TEST_F(FinishTest, AnIdThatIsNoneNeverBecomesAFilesName) {
  EXPECT_FALSE(State().SaveReceipt("../escape", {}).ok());
  ASSERT_TRUE(WritePrivateFile(folder_ + "/unfinished", "../escape").ok());
  EXPECT_EQ(State().Unfinished(), "");
}

}  // namespace
}  // namespace signet::terminal
