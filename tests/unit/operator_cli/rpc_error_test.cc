#include "operator_cli/rpc_error.h"

#include "gmock/gmock.h"
#include "libs/program/program.h"

namespace signet::operator_cli {
namespace {

using serving::ExitCode;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

ExitCode CodeOf(const absl::Status& error, const CallFacts& facts) {
  return serving::ExitCodeOf(ExplainCallError(error, facts));
}

TEST(ExplainCallErrorTest, ALostAnswerToAChangeIsAnUnknownOutcome) {
  const CallFacts facts{"host:1", true, true, "signetctl account show alice"};
  const absl::Status explained = ExplainCallError(absl::DeadlineExceededError("late"), facts);
  EXPECT_EQ(serving::ExitCodeOf(explained), ExitCode::kOutcomeUnknown);
  EXPECT_THAT(std::string(explained.message()), HasSubstr("signetctl account show alice"));
  EXPECT_EQ(CodeOf(absl::UnavailableError("reset"), facts), ExitCode::kOutcomeUnknown);
}

TEST(ExplainCallErrorTest, NothingIsUnknownOfWhatWasNeverSentOrOnlyReads) {
  EXPECT_EQ(CodeOf(absl::UnavailableError("no connection"), {"host:1", false, true, ""}),
            ExitCode::kUnreachable);
  const absl::Status read =
      ExplainCallError(absl::UnavailableError("reset"), {"host:1", true, false, ""});
  EXPECT_EQ(serving::ExitCodeOf(read), ExitCode::kUnreachable);
  EXPECT_THAT(std::string(read.message()), HasSubstr("host:1"));
}

TEST(ExplainCallErrorTest, TheRemedyFitsHowFarTheCallCame) {
  const auto message = [](const absl::Status& error, bool connected, bool changes_data) {
    return std::string(
        ExplainCallError(error, {"host:1", connected, changes_data, "look"}).message());
  };
  const absl::Status down = absl::UnavailableError("no database");
  EXPECT_THAT(message(down, true, false),
              AllOf(HasSubstr("was reached, but cannot work now"), HasSubstr("no database"),
                    HasSubstr("/readyz"), HasSubstr("Postgres"), Not(HasSubstr("--tls"))));
  EXPECT_THAT(message(down, true, true), AllOf(HasSubstr("cannot work now"), HasSubstr("`look`")));
  EXPECT_THAT(message(down, false, true),
              AllOf(HasSubstr("cannot be reached"), HasSubstr("--tls-roots")));
  EXPECT_THAT(message(absl::DeadlineExceededError("late"), true, false),
              AllOf(HasSubstr("did not answer in time"), HasSubstr("--timeout")));
}

TEST(ExplainCallErrorTest, EachCauseHasItsExitCode) {
  const CallFacts facts{"host:1", true, true, "x"};
  EXPECT_EQ(CodeOf(absl::PermissionDeniedError(""), facts), ExitCode::kAuthentication);
  EXPECT_EQ(CodeOf(absl::UnauthenticatedError(""), facts), ExitCode::kAuthentication);
  EXPECT_EQ(CodeOf(absl::NotFoundError(""), facts), ExitCode::kNotFoundOrConflict);
  EXPECT_EQ(CodeOf(absl::AlreadyExistsError(""), facts), ExitCode::kNotFoundOrConflict);
  EXPECT_EQ(CodeOf(absl::FailedPreconditionError(""), facts), ExitCode::kNotFoundOrConflict);
  EXPECT_EQ(CodeOf(absl::InvalidArgumentError(""), facts), ExitCode::kUsage);
  EXPECT_EQ(CodeOf(absl::ResourceExhaustedError(""), facts), ExitCode::kUnreachable);
  EXPECT_EQ(CodeOf(absl::InternalError(""), facts), ExitCode::kInternal);
}

TEST(ExplainCallErrorTest, KeepsTheStableCode) {
  EXPECT_EQ(ExplainCallError(absl::NotFoundError("x"), {"h", true, false, ""}).code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace signet::operator_cli
