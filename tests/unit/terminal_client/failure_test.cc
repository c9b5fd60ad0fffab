#include "terminal_client/failure.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/program/program.h"

namespace signet::terminal {
namespace {

using absl::StatusCode;
using serving::ExitCode;
using ::testing::AllOf;
using ::testing::HasSubstr;

ExitCode OfAgent(StatusCode code, bool pin_blocked = false) {
  return serving::ExitCodeOf(
      ExplainAgentError(absl::Status(code, "text"), "/run/agent.sock", pin_blocked));
}

TEST(Failure, AgentErrorsHaveTheirExitCodes) {
  EXPECT_EQ(OfAgent(StatusCode::kUnauthenticated), ExitCode::kAuthentication);
  EXPECT_EQ(OfAgent(StatusCode::kPermissionDenied), ExitCode::kAuthentication);
  EXPECT_EQ(OfAgent(StatusCode::kCancelled), ExitCode::kAuthentication);
  EXPECT_EQ(OfAgent(StatusCode::kFailedPrecondition), ExitCode::kNotFoundOrConflict);
  EXPECT_EQ(OfAgent(StatusCode::kFailedPrecondition, true), ExitCode::kAuthentication);
  EXPECT_EQ(OfAgent(StatusCode::kNotFound), ExitCode::kNotFoundOrConflict);
  EXPECT_EQ(OfAgent(StatusCode::kInvalidArgument), ExitCode::kUsage);
  for (const auto code : {StatusCode::kInternal, StatusCode::kUnavailable, StatusCode::kOutOfRange,
                          StatusCode::kDeadlineExceeded, StatusCode::kDataLoss}) {
    EXPECT_EQ(OfAgent(code), ExitCode::kHardwareModule);
  }
}

TEST(Failure, AMissingAgentIsNamedWithItsRemedy) {
  const absl::Status status =
      ExplainAgentError(absl::UnavailableError("no such file"), "/run/agent.sock", false);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("/run/agent.sock"), HasSubstr("signet-agent")));
}

TEST(Failure, AgentMessagesArePassedOn) {
  const absl::Status status = ExplainAgentError(
      absl::UnauthenticatedError("Wrong PIN, 4 tries left"), "/run/agent.sock", false);
  EXPECT_EQ(std::string(status.message()), "Wrong PIN, 4 tries left");
}

TEST(Failure, GatewayErrorsHaveTheirExitCodes) {
  const auto of_gateway = [](StatusCode code) {
    const absl::Status status =
        ExplainGatewayError(absl::Status(code, "text"), "host:1", "nothing was paid");
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("host:1"), HasSubstr("; nothing was paid; ")));
    return serving::ExitCodeOf(status);
  };
  EXPECT_EQ(of_gateway(StatusCode::kUnavailable), ExitCode::kUnreachable);
  EXPECT_EQ(of_gateway(StatusCode::kDeadlineExceeded), ExitCode::kUnreachable);
  EXPECT_EQ(of_gateway(StatusCode::kResourceExhausted), ExitCode::kUnreachable);
  EXPECT_EQ(of_gateway(StatusCode::kPermissionDenied), ExitCode::kAuthentication);
  EXPECT_EQ(of_gateway(StatusCode::kUnauthenticated), ExitCode::kAuthentication);
  EXPECT_EQ(of_gateway(StatusCode::kInternal), ExitCode::kInternal);
}

TEST(Failure, AGatewayThatAnsweredIsNotCalledAway) {
  const auto explained = [](StatusCode code, const std::string& request_id) {
    return std::string(
        ExplainGatewayError(WithRequestId(absl::Status(code, "text"), request_id), "host:1", "")
            .message());
  };
  const std::string answered =
      "the gateway at host:1 answers, but the payment service behind it does not (request 2a); "
      "try again later";
  const std::string check = "; check --gateway, --server-ca and the network, then try again";
  EXPECT_EQ(explained(StatusCode::kUnavailable, "2a"), answered);
  EXPECT_EQ(explained(StatusCode::kDeadlineExceeded, "2a"), answered);
  EXPECT_EQ(explained(StatusCode::kUnavailable, ""),
            "the gateway at host:1 cannot be reached: text" + check);
  EXPECT_EQ(explained(StatusCode::kDeadlineExceeded, ""),
            "the gateway at host:1 did not answer in time" + check);
  EXPECT_EQ(explained(StatusCode::kResourceExhausted, "2a"),
            "the gateway at host:1 is busy (request 2a); try again later");
  EXPECT_EQ(explained(StatusCode::kPermissionDenied, "2a"),
            "the gateway at host:1 refused: text (request 2a); if it stays so, ask the operator "
            "whether this device is still enrolled");
  EXPECT_EQ(explained(StatusCode::kInternal, "2a"),
            "the gateway at host:1 failed: text (request 2a); try again later; if it stays so, "
            "tell the operator");
}

TEST(Failure, OnlyARefusalIsNeverTriedAgain) {
  for (const auto code : {StatusCode::kUnavailable, StatusCode::kDeadlineExceeded,
                          StatusCode::kResourceExhausted, StatusCode::kInternal,
                          StatusCode::kUnknown, StatusCode::kCancelled, StatusCode::kAborted}) {
    EXPECT_TRUE(MayTryAgain(absl::Status(code, ""))) << absl::StatusCodeToString(code);
  }
  for (const auto code : {StatusCode::kPermissionDenied, StatusCode::kUnauthenticated,
                          StatusCode::kInvalidArgument, StatusCode::kUnimplemented}) {
    EXPECT_FALSE(MayTryAgain(absl::Status(code, ""))) << absl::StatusCodeToString(code);
  }
}

TEST(Failure, DeclinesSayWhyToPeopleAndPrograms) {
  for (int reason = 1; reason <= payments::v1::DeclineReason_MAX; ++reason) {
    payments::v1::Decline decline;
    decline.set_reason(static_cast<payments::v1::DeclineReason>(reason));
    decline.set_payment_id("00000001-0000002a");
    const absl::Status status = Declined(decline);
    EXPECT_EQ(serving::ExitCodeOf(status), ExitCode::kDeclined);
    EXPECT_EQ(DeclineReasonOf(status), payments::v1::DeclineReason_Name(decline.reason()));
    EXPECT_EQ(PaymentIdOf(status), "00000001-0000002a");
    EXPECT_THAT(std::string(status.message()), HasSubstr(DeclineText(decline.reason())));
    EXPECT_THAT(DeclineText(decline.reason()), ::testing::Not(HasSubstr("reason ")));
  }
}

TEST(Failure, ABlockedPayerIsToldWhoUnblocks) {
  // Suspended or revoked: the platform does not tell a device which.
  EXPECT_THAT(DeclineText(payments::v1::DECLINE_REASON_DEVICE_BLOCKED),
              AllOf(HasSubstr("ask the operator"), HasSubstr("enrolled anew")));
  EXPECT_THAT(DeclineText(payments::v1::DECLINE_REASON_ACCOUNT_BLOCKED),
              HasSubstr("ask the operator"));
}

TEST(Failure, AnUnknownOutcomeNamesTheRemedy) {
  const absl::Status status =
      OutcomeUnknown("00000001-0000002a", absl::UnavailableError("connection reset"));
  EXPECT_EQ(serving::ExitCodeOf(status), ExitCode::kOutcomeUnknown);
  EXPECT_EQ(PaymentIdOf(status), "00000001-0000002a");
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("signet resume"), HasSubstr("connection reset"),
                    HasSubstr("do not pay again")));
}

TEST(Failure, OtherErrorsHaveNoReasonAndNoPayment) {
  EXPECT_EQ(DeclineReasonOf(absl::InternalError("x")), "");
  EXPECT_EQ(PaymentIdOf(absl::OkStatus()), "");
  EXPECT_EQ(RequestIdOf(WithRequestId(absl::InternalError("x"), "")), "");
}

}  // namespace
}  // namespace signet::terminal
