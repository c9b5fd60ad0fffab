#include "terminal_client/payments/payment_flow.h"

#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/program/program.h"
#include "tests/unit/terminal_client/fake_services.h"

namespace signet::terminal {
namespace {

using grpc::Status;
using grpc::StatusCode;
using serving::ExitCode;
using serving::ExitCodeOf;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Status Lost() { return {StatusCode::UNAVAILABLE, "connection reset"}; }
Status Refused() { return {StatusCode::PERMISSION_DENIED, "message refused"}; }

// Answers as the platform does, whatever comes.
Status Answer(const std::string& ciphertext, int /*attempt*/, std::string& answer) {
  if (ciphertext == "instruction") answer = "authorization";
  if (ciphertext == "confirmation") answer = "receipt";
  if (ciphertext.rfind("query", 0) == 0) answer = "result";
  return Status::OK;
}

class PaymentFlow : public ::testing::Test {
 protected:
  PaymentFlow() {
    open_.set_payment_id(kPayment);
    *open_.mutable_message() = Message("instruction");
    gateway_.answer = Answer;
  }
  absl::StatusOr<payments::v1::SignedReceipt> Finish() {
    return FinishPayment(connections_, open_, output_);
  }
  void SetState(payments::v1::PaymentState state) {
    agent_.query_outcome.mutable_result()->mutable_payment()->set_state(state);
  }
  void SetReceipt() {
    payments::v1::Receipt content;
    content.set_payment_id(kPayment);
    agent_.receipt_outcome.mutable_receipt()->set_receipt(content.SerializeAsString());
  }
  void ExpectPaid(const absl::StatusOr<payments::v1::SignedReceipt>& receipt) {
    ASSERT_TRUE(receipt.ok()) << receipt.status();
    payments::v1::Receipt content;
    EXPECT_TRUE(content.ParseFromString(receipt->receipt()));
    EXPECT_EQ(content.payment_id(), kPayment);
    EXPECT_FALSE(agent_.payment_open);
  }
  static std::string Bytes(const std::string& ciphertext) {
    return Message(ciphertext).SerializeAsString();
  }

  FakeAgent agent_;
  FakeGateway gateway_;
  InProcess agent_server_{agent_};
  InProcess gateway_server_{gateway_};
  AgentClient agent_client_{agent_server_.channel(), "agent.sock"};
  GatewayClient gateway_client_{gateway_server_.channel(), "gateway:1", std::chrono::seconds(10)};
  int pauses_ = 0;
  Connections connections_{
      agent_client_, gateway_client_, {.attempts = 4, .pause = [this](auto) { ++pauses_; }}};
  std::ostringstream out_;
  std::ostringstream err_;
  cli::Output output_{out_, err_, {}};
  device::v1::OpenPayment open_;
};

TEST_F(PaymentFlow, RunsFromInstructionToReceipt) {
  const auto receipt = Finish();
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  payments::v1::Receipt content;
  EXPECT_TRUE(content.ParseFromString(receipt->receipt()));
  EXPECT_EQ(content.payment_id(), kPayment);
  EXPECT_THAT(gateway_.received, ElementsAre(Bytes("instruction"), Bytes("confirmation")));
  EXPECT_FALSE(agent_.payment_open);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), HasSubstr("ms"));
  EXPECT_THAT(err_.str(), HasSubstr("verified the receipt: the payment is made"));
}

TEST_F(PaymentFlow, AConfirmedOneSendsItsConfirmationOnly) {
  open_.set_confirmed(true);
  *open_.mutable_message() = Message("confirmation");
  EXPECT_TRUE(Finish().ok());
  EXPECT_THAT(gateway_.received, ElementsAre(Bytes("confirmation")));
}

TEST_F(PaymentFlow, WhatIsLostIsSentAgainByteForByte) {
  gateway_.answer = [](const std::string& ciphertext, int attempt, std::string& answer) {
    return attempt % 3 != 0 ? Lost() : Answer(ciphertext, attempt, answer);
  };
  EXPECT_TRUE(Finish().ok());
  const std::string instruction = Bytes("instruction");
  const std::string confirmation = Bytes("confirmation");
  EXPECT_THAT(gateway_.received, ElementsAre(instruction, instruction, instruction, confirmation,
                                             confirmation, confirmation));
  EXPECT_EQ(pauses_, 4);
}

TEST_F(PaymentFlow, ALostNetworkLeavesItOpenAndResumable) {
  for (const auto code : {StatusCode::UNAVAILABLE, StatusCode::DEADLINE_EXCEEDED,
                          StatusCode::RESOURCE_EXHAUSTED, StatusCode::INTERNAL}) {
    gateway_.received.clear();
    gateway_.answer = [code](const std::string&, int, std::string&) {
      return Status(code, "lost");
    };
    const auto lost = Finish();
    EXPECT_EQ(ExitCodeOf(lost.status()), ExitCode::kOutcomeUnknown);
    EXPECT_EQ(PaymentIdOf(lost.status()), kPayment);
    EXPECT_THAT(std::string(lost.status().message()), HasSubstr("signet resume"));
    EXPECT_EQ(gateway_.received.size(), 4u);
    EXPECT_TRUE(agent_.payment_open);
  }
  gateway_.answer = Answer;
  EXPECT_TRUE(Finish().ok());
}

TEST_F(PaymentFlow, AConfirmationThatIsLostIsAnUnknownOutcome) {
  gateway_.answer = [](const std::string& ciphertext, int attempt, std::string& answer) {
    return ciphertext == "confirmation" ? Lost() : Answer(ciphertext, attempt, answer);
  };
  EXPECT_EQ(ExitCodeOf(Finish().status()), ExitCode::kOutcomeUnknown);
  EXPECT_TRUE(agent_.payment_open);
}

TEST_F(PaymentFlow, ADeclineIsTheEnd) {
  for (const std::string declined : {"instruction", "confirmation"}) {
    agent_.payment_open = true;
    gateway_.answer = [&](const std::string& ciphertext, int attempt, std::string& answer) {
      const Status status = Answer(ciphertext, attempt, answer);
      if (ciphertext == declined) answer = "decline";
      return status;
    };
    const auto result = Finish();
    EXPECT_EQ(ExitCodeOf(result.status()), ExitCode::kDeclined) << declined;
    EXPECT_EQ(DeclineReasonOf(result.status()), "DECLINE_REASON_INSUFFICIENT_FUNDS");
    EXPECT_FALSE(agent_.payment_open);
  }
}

// Before that, anything that the gateway hands over could be called a payment.
TEST_F(PaymentFlow, NothingIsCalledMadeThatTheModuleHasNotVerified) {
  for (const std::string not_a_receipt : {"decline", "forged"}) {
    agent_.payment_open = true;
    gateway_.answer = [&](const std::string& ciphertext, int attempt, std::string& answer) {
      const Status status = Answer(ciphertext, attempt, answer);
      if (ciphertext == "confirmation") answer = not_a_receipt;
      return status;
    };
    EXPECT_FALSE(Finish().ok());
    EXPECT_THAT(err_.str(), HasSubstr("the platform answered the confirmation"));
    for (const char* claim : {"booked", "made", "paid", "receipt"}) {
      EXPECT_THAT(err_.str(), Not(HasSubstr(claim))) << not_a_receipt;
    }
  }
}

TEST_F(PaymentFlow, AnAnswerTheModuleDoesNotAuthenticateDecidesNothing) {
  for (const std::string altered : {"instruction", "confirmation"}) {
    gateway_.answer = [&](const std::string& ciphertext, int attempt, std::string& answer) {
      const Status status = Answer(ciphertext, attempt, answer);
      if (ciphertext == altered) answer = "forged";
      return status;
    };
    EXPECT_EQ(ExitCodeOf(Finish().status()), ExitCode::kOutcomeUnknown) << altered;
    EXPECT_TRUE(agent_.payment_open);
  }
}

class RefusedPayment : public PaymentFlow {
 protected:
  RefusedPayment() {
    gateway_.answer = [](const std::string& ciphertext, int attempt, std::string& answer) {
      return ciphertext == "instruction" ? Refused() : Answer(ciphertext, attempt, answer);
    };
  }
};

TEST_F(RefusedPayment, IsClosedWhereThePlatformDoesNotKnowIt) {
  agent_.query_outcome.mutable_decline()->set_reason(payments::v1::DECLINE_REASON_NOT_FOUND);
  agent_.may_abandon = true;
  const auto result = Finish();
  EXPECT_EQ(ExitCodeOf(result.status()), ExitCode::kAuthentication);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("moved no money"));
  EXPECT_FALSE(agent_.payment_open);
  EXPECT_THAT(gateway_.received, ElementsAre(Bytes("instruction"), Bytes("query 1")));
}

TEST_F(RefusedPayment, IsPaidWhereThePlatformHasMadeIt) {
  SetState(payments::v1::PAYMENT_STATE_CONFIRMED);
  SetReceipt();
  ExpectPaid(Finish());
  EXPECT_THAT(gateway_.received,
              ElementsAre(Bytes("instruction"), Bytes("query 1"), Bytes("query 2")));
}

TEST_F(RefusedPayment, StaysOpenWhereTheAgentSeesNoProof) {
  for (const auto state :
       {payments::v1::PAYMENT_STATE_AUTHORIZED, payments::v1::PAYMENT_STATE_CONFIRMED,
        payments::v1::PAYMENT_STATE_EXPIRED, payments::v1::PAYMENT_STATE_UNSPECIFIED}) {
    SetState(state);
    EXPECT_EQ(ExitCodeOf(Finish().status()), ExitCode::kOutcomeUnknown) << state;
    EXPECT_TRUE(agent_.payment_open);
  }
}

TEST_F(RefusedPayment, StaysOpenWhereThePlatformCannotBeAsked) {
  gateway_.answer = [](const std::string& ciphertext, int, std::string&) {
    return ciphertext == "instruction" ? Refused() : Lost();
  };
  EXPECT_EQ(ExitCodeOf(Finish().status()), ExitCode::kOutcomeUnknown);
  EXPECT_TRUE(agent_.payment_open);
}

class LostKeys : public PaymentFlow {
 protected:
  LostKeys() { agent_.keys_lost = true; }
  void Confirmed() {
    open_.set_confirmed(true);
    *open_.mutable_message() = Message("confirmation");
  }
};

TEST_F(LostKeys, AMadePaymentEndsWithItsReceipt) {
  Confirmed();
  SetState(payments::v1::PAYMENT_STATE_CONFIRMED);
  SetReceipt();
  ExpectPaid(Finish());
  EXPECT_THAT(gateway_.received,
              ElementsAre(Bytes("confirmation"), Bytes("query 1"), Bytes("query 2")));
  EXPECT_THAT(err_.str(), HasSubstr("asking the platform"));
}

TEST_F(LostKeys, AMadePaymentWithoutItsReceiptStaysOpen) {
  Confirmed();
  SetState(payments::v1::PAYMENT_STATE_CONFIRMED);
  agent_.receipt_outcome.mutable_decline()->set_reason(payments::v1::DECLINE_REASON_NOT_FOUND);
  const auto result = Finish();
  EXPECT_EQ(ExitCodeOf(result.status()), ExitCode::kOutcomeUnknown);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("the platform has made it"));
  EXPECT_TRUE(agent_.payment_open);
}

TEST_F(LostKeys, AnAuthorizedPaymentSaysUntilWhenToWait) {
  SetState(payments::v1::PAYMENT_STATE_AUTHORIZED);
  agent_.query_outcome.mutable_result()->mutable_payment()->set_expires_at_unix_ms(
      1'700'000'000'000);
  const auto result = Finish();
  EXPECT_EQ(ExitCodeOf(result.status()), ExitCode::kOutcomeUnknown);
  EXPECT_EQ(PaymentIdOf(result.status()), kPayment);
  EXPECT_THAT(std::string(result.status().message()),
              AllOf(HasSubstr("must wait"), HasSubstr("until 2023-11-14T22:13:20Z"),
                    HasSubstr("run `signet resume` after that")));
  EXPECT_TRUE(agent_.payment_open);
}

TEST_F(LostKeys, AnExpiredPaymentIsClosed) {
  for (const bool confirmed : {false, true}) {
    agent_.payment_open = agent_.may_abandon = true;
    if (confirmed) Confirmed();
    SetState(payments::v1::PAYMENT_STATE_EXPIRED);
    agent_.query_outcome.mutable_result()->mutable_payment()->set_decline_reason(
        payments::v1::DECLINE_REASON_EXPIRED);
    const auto result = Finish();
    EXPECT_EQ(ExitCodeOf(result.status()), ExitCode::kDeclined);
    EXPECT_EQ(DeclineReasonOf(result.status()), "DECLINE_REASON_EXPIRED");
    EXPECT_THAT(std::string(result.status().message()),
                AllOf(HasSubstr("moved no money"), HasSubstr("it has expired")));
    EXPECT_FALSE(agent_.payment_open);
  }
}

TEST_F(LostKeys, AreNoMatterOfThePlatformsWhereItCannotBeAsked) {
  gateway_.answer = [](const std::string& ciphertext, int attempt, std::string& answer) {
    return ciphertext.rfind("query", 0) == 0 ? Lost() : Answer(ciphertext, attempt, answer);
  };
  EXPECT_EQ(ExitCodeOf(Finish().status()), ExitCode::kOutcomeUnknown);
  EXPECT_TRUE(agent_.payment_open);
}

class PlatformQuery : public PaymentFlow {};

TEST_F(PlatformQuery, AReceiptIsFetched) {
  SetReceipt();
  const auto receipt = FetchReceipt(connections_, kPayment, output_);
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_EQ(receipt->SerializeAsString(), agent_.receipt_outcome.receipt().SerializeAsString());
}

TEST_F(PlatformQuery, WithoutAReceiptItIsNotFound) {
  payments::v1::Decline& decline = *agent_.receipt_outcome.mutable_decline();
  decline.set_reason(payments::v1::DECLINE_REASON_NOT_FOUND);
  const auto none = FetchReceipt(connections_, kPayment, output_);
  EXPECT_EQ(ExitCodeOf(none.status()), ExitCode::kNotFoundOrConflict);
  EXPECT_THAT(std::string(none.status().message()), HasSubstr("signet show 00000001-0000002a"));
  decline.set_reason(payments::v1::DECLINE_REASON_DEVICE_BLOCKED);
  EXPECT_EQ(ExitCodeOf(FetchReceipt(connections_, kPayment, output_).status()),
            ExitCode::kDeclined);
  EXPECT_TRUE(agent_.payment_open);
}

TEST_F(PlatformQuery, ALostOneIsAskedAnewNeverSentAgain) {
  gateway_.answer = [](const std::string& ciphertext, int attempt, std::string& answer) {
    return attempt < 3 ? Lost() : Answer(ciphertext, attempt, answer);
  };
  agent_.query_outcome.mutable_result()->mutable_account()->set_handle("alice");
  const auto result = Ask(connections_, AccountQuery(), output_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->account().handle(), "alice");
  EXPECT_THAT(gateway_.received, ElementsAre(Bytes("query 1"), Bytes("query 2"), Bytes("query 3")));
  EXPECT_EQ(err_.str(), "no answer yet; asking again\nno answer yet; asking again\n");
}

// What is known of a payment is for the command that pays: balance and show pay nothing.
TEST_F(PlatformQuery, AnErrorSpeaksOfPaymentsWhereOneBegins) {
  gateway_.answer = [](const std::string&, int, std::string&) { return Lost(); };
  EXPECT_THAT(std::string(Ask(connections_, AccountQuery(), output_).status().message()),
              AllOf(HasSubstr("cannot be reached"), Not(HasSubstr("paid"))));
  const auto payee =
      AskOrDecline(connections_, PayeeQuery("corner-coffee"), output_, "nothing was paid");
  EXPECT_THAT(std::string(payee.status().message()), HasSubstr("; nothing was paid; "));
}

// The request's ID, which its handler sends with each error, tells that it was there.
TEST_F(PlatformQuery, AServiceThatIsAwayBehindTheGatewayIsToldFromAGatewayThatIsAway) {
  gateway_.request_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  gateway_.answer = [](const std::string&, int, std::string&) { return Lost(); };
  const absl::Status status = Ask(connections_, AccountQuery(), output_).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUnreachable);
  EXPECT_EQ(std::string(status.message()),
            "the gateway at gateway:1 answers, but the payment service behind it does not (request "
            "4bf92f3577b34da6a3ce929d0e0e4736); try again later");
}

TEST_F(PaymentFlow, WhatIsKnownOfAPaymentIsSaidOnce) {
  gateway_.request_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  gateway_.answer = [](const std::string&, int, std::string&) {
    return Status(StatusCode::UNAVAILABLE, "the outcome may be unknown, send it again");
  };
  EXPECT_EQ(std::string(Finish().status().message()),
            "the outcome of payment 00000001-0000002a is unknown (the gateway at gateway:1 "
            "answers, but the payment service behind it does not (request "
            "4bf92f3577b34da6a3ce929d0e0e4736)); do not pay again: run `signet resume`");
}

TEST_F(PlatformQuery, ErrorsHaveTheirExitCodes) {
  gateway_.answer = [](const std::string&, int, std::string&) { return Lost(); };
  EXPECT_EQ(ExitCodeOf(Ask(connections_, AccountQuery(), output_).status()),
            ExitCode::kUnreachable);
  gateway_.answer = [](const std::string&, int, std::string&) { return Refused(); };
  EXPECT_EQ(ExitCodeOf(Ask(connections_, AccountQuery(), output_).status()),
            ExitCode::kAuthentication);
  gateway_.answer = Answer;
  agent_.query_outcome.mutable_decline()->set_reason(payments::v1::DECLINE_REASON_DEVICE_BLOCKED);
  EXPECT_EQ(ExitCodeOf(Ask(connections_, AccountQuery(), output_).status()), ExitCode::kDeclined);
  gateway_.answer = [](const std::string&, int, std::string& answer) {
    answer = "forged";
    return Status::OK;
  };
  EXPECT_EQ(ExitCodeOf(Ask(connections_, AccountQuery(), output_).status()),
            ExitCode::kAuthentication);
}

TEST_F(PlatformQuery, AnAgentThatDoesNotSealIsHeard) {
  agent_.begin_query_status = {StatusCode::FAILED_PRECONDITION,
                               "payment 00000001-00000029 is open; run `signet resume`"};
  const auto open = Ask(connections_, AccountQuery(), output_);
  EXPECT_EQ(ExitCodeOf(open.status()), ExitCode::kNotFoundOrConflict);
  EXPECT_THAT(std::string(open.status().message()), HasSubstr("signet resume"));
  EXPECT_TRUE(gateway_.received.empty());
  agent_.pin_tries_left = 0;
  EXPECT_EQ(ExitCodeOf(Ask(connections_, AccountQuery(), output_).status()),
            ExitCode::kAuthentication);
}

}  // namespace
}  // namespace signet::terminal
