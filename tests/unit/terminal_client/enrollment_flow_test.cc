#include "terminal_client/enrollment/enrollment_flow.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "gtest/gtest.h"
#include "libs/base/activation_code.h"
#include "libs/files/private_folder.h"
#include "libs/openssl/certificate.h"
#include "libs/program/program.h"
#include "terminal_client/private_files.h"
#include "tests/unit/terminal_client/fake_services.h"

namespace signet::terminal {
namespace {

using grpc::Status;
using grpc::StatusCode;
using serving::ExitCode;
using serving::ExitCodeOf;

class FixedClock final : public Clock {
 public:
  int64_t NowUnixMs() const override { return 1'800'000'000'000; }
};

ActivationCode Code(char digit) {
  const std::string text = FormatActivationCode(Secret(std::string(16, digit)));
  return CheckActivationCode(Secret(text + "\n")).value();
}

class Enrollment : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "/signet-enroll-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  StateDir State() const { return StateDir(folder_ + "/terminal"); }
  // One run of `signet enroll`.
  absl::StatusOr<std::string> Run(const ActivationCode* given) {
    const StateDir state = State();
    std::ostringstream out;
    std::ostringstream err;
    cli::Output output(out, err, {});
    return EnrollTerminal({agent_client_,
                           gateway_client_,
                           state,
                           clock_,
                           {.attempts = 2, .pause = [](auto) {}},
                           {.pause = [this](auto) { ++waits_; }},
                           given,
                           [this] {
                             ++asked_;
                             return Code('a');
                           }},
                          output);
  }

  FakeAgent agent_;
  FakeEnrollmentGateway gateway_;
  InProcess agent_server_{agent_};
  InProcess gateway_server_{gateway_};
  AgentClient agent_client_{agent_server_.channel(), "agent.sock"};
  EnrollmentGatewayClient gateway_client_{gateway_server_.channel(), "gateway:1",
                                          std::chrono::seconds(10)};
  FixedClock clock_;
  const ActivationCode code_ = Code('a');
  int asked_ = 0;
  int waits_ = 0;
  std::string folder_;
};

TEST_F(Enrollment, LeavesKeyCertificateAndPins) {
  const auto device = Run(&code_);
  ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_EQ(*device, "0000002a");
  EXPECT_TRUE(State().IsEnrolled());
  const std::string folder = State().path();
  const std::string der =
      openssl::FromPem("CERTIFICATE", ReadWholeFile(folder + "/terminal.pem", 9999).value())
          .value();
  const std::string key = ReadWholeFile(folder + "/terminal.key", 9999).value();
  EXPECT_EQ(openssl::ParseCertificate(der)->public_key_spki_der,
            openssl::P256PrivateKey::FromPem(key).value()->PublicKeyDer());
  EXPECT_TRUE(FileExists(folder + "/device-ca.pem"));
  EXPECT_EQ(ReadWholeFile(State().receipt_key_path(), 9999).value(),
            openssl::ToPem("PUBLIC KEY", agent_.pinned_receipt_key))
      << "what the agent found authentic, not what the answer says";
  struct stat info {};
  ASSERT_EQ(stat((folder + "/terminal.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  // Nothing of the way there is kept.
  EXPECT_TRUE(std::filesystem::is_empty(State().enrollment_path()));

  EXPECT_EQ(ExitCodeOf(Run(&code_).status()), ExitCode::kNotFoundOrConflict);
  EXPECT_EQ(gateway_.received.size(), 1u);
}

TEST_F(Enrollment, AsksForTheCodeWhereNoneIsGiven) {
  EXPECT_TRUE(Run(nullptr).ok());
  EXPECT_EQ(asked_, 1);
}

TEST_F(Enrollment, AnAnswerThatIsLostIsAskedForAgainWithTheSameBytes) {
  gateway_.answer = [](int attempt) {
    return attempt < 4 ? Status(StatusCode::UNAVAILABLE, "lost") : Status::OK;
  };
  EXPECT_EQ(ExitCodeOf(Run(&code_).status()), ExitCode::kUnreachable);
  EXPECT_FALSE(State().IsEnrolled());
  // The next run needs no code: it goes on.
  EXPECT_TRUE(Run(nullptr).ok());
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(agent_.enrollments_begun, 1);
  ASSERT_EQ(gateway_.received.size(), 4u);
  for (const std::string& request : gateway_.received) EXPECT_EQ(request, gateway_.received[0]);
}

TEST_F(Enrollment, AnotherCodeBeginsAnother) {
  gateway_.answer = [](int attempt) {
    return attempt < 3 ? Status(StatusCode::UNAVAILABLE, "lost") : Status::OK;
  };
  EXPECT_FALSE(Run(&code_).ok());
  const ActivationCode other = Code('b');
  EXPECT_TRUE(Run(&other).ok());
  EXPECT_EQ(agent_.enrollments_begun, 2);
  EXPECT_NE(gateway_.received.back(), gateway_.received.front());
}

TEST_F(Enrollment, ACompletionThatWasNotSeenIsRecognized) {
  agent_.complete_enrollment_status = {StatusCode::UNAVAILABLE, "the agent went away"};
  // The agent did it and says who it is: enough.
  EXPECT_TRUE(Run(&code_).ok());
}

TEST_F(Enrollment, AnAnswerThatTheAgentRefusesIsAskedForAgainWithTheSameRequest) {
  agent_.complete_has_effect = false;
  agent_.complete_enrollment_status = {StatusCode::UNAUTHENTICATED, "the answer is refused"};
  EXPECT_EQ(ExitCodeOf(Run(&code_).status()), ExitCode::kAuthentication);
  EXPECT_FALSE(State().IsEnrolled());
  agent_.complete_has_effect = true;
  agent_.complete_enrollment_status = Status::OK;
  EXPECT_TRUE(Run(nullptr).ok());
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(agent_.enrollments_begun, 1);
  ASSERT_EQ(gateway_.received.size(), 2u);
  EXPECT_EQ(gateway_.received[1], gateway_.received[0]);
}

TEST_F(Enrollment, ACompletionThatFailedIsRepeatedWithTheSameAnswer) {
  agent_.complete_has_effect = false;
  agent_.complete_enrollment_status = {StatusCode::INTERNAL, "the module is away"};
  EXPECT_EQ(ExitCodeOf(Run(&code_).status()), ExitCode::kHardwareModule);
  agent_.complete_has_effect = true;
  agent_.complete_enrollment_status = Status::OK;
  EXPECT_TRUE(Run(nullptr).ok());
  EXPECT_EQ(gateway_.received.size(), 1u);
}

TEST_F(Enrollment, AnAnswerThatDoesNotFitTheAgentIsForgotten) {
  agent_.complete_has_effect = false;
  agent_.complete_enrollment_status = {StatusCode::FAILED_PRECONDITION, "nothing is pending"};
  EXPECT_EQ(ExitCodeOf(Run(&code_).status()), ExitCode::kNotFoundOrConflict);
  agent_.complete_has_effect = true;
  agent_.complete_enrollment_status = Status::OK;
  EXPECT_TRUE(Run(&code_).ok());
  EXPECT_EQ(agent_.enrollments_begun, 2);
}

TEST_F(Enrollment, ARefusedCodeIsSaidAndForgotten) {
  gateway_.answer = [](int) { return Status(StatusCode::PERMISSION_DENIED, "refused"); };
  EXPECT_EQ(ExitCodeOf(Run(&code_).status()), ExitCode::kAuthentication);
  EXPECT_EQ(gateway_.received.size(), 1u);
  gateway_.answer = [](int) { return Status::OK; };
  EXPECT_TRUE(Run(&code_).ok());
  EXPECT_EQ(agent_.enrollments_begun, 2);
}

TEST_F(Enrollment, AnEarlierRequestThatIsRefusedGivesWayToANewOne) {
  gateway_.answer = [](int) { return Status(StatusCode::UNAVAILABLE, "lost"); };
  EXPECT_FALSE(Run(&code_).ok());
  gateway_.answer = [](int attempt) {
    return attempt == 3 ? Status(StatusCode::PERMISSION_DENIED, "refused") : Status::OK;
  };
  EXPECT_TRUE(Run(&code_).ok());
  EXPECT_EQ(agent_.enrollments_begun, 2);
}

TEST_F(Enrollment, ACertificateForAnotherKeyIsNotTaken) {
  gateway_.certify_another_key = true;
  EXPECT_EQ(ExitCodeOf(Run(&code_).status()), ExitCode::kAuthentication);
  EXPECT_FALSE(State().IsEnrolled());
  EXPECT_EQ(agent_.enrolled_device_id, "");
}

TEST_F(Enrollment, AnAnswerThatCannotBeReadIsNotTaken) {
  gateway_.unreadable = true;
  EXPECT_EQ(ExitCodeOf(Run(&code_).status()), ExitCode::kAuthentication);
  EXPECT_EQ(agent_.enrolled_device_id, "");
  gateway_.unreadable = false;
  EXPECT_TRUE(Run(nullptr).ok());
}

TEST_F(Enrollment, DamagedPendingFilesAreMadeAnew) {
  gateway_.answer = [](int) { return Status(StatusCode::UNAVAILABLE, "lost"); };
  EXPECT_FALSE(Run(&code_).ok());
  ASSERT_TRUE(WritePrivateFile(State().enrollment_path() + "/terminal.csr", "damaged").ok());
  gateway_.answer = [](int) { return Status::OK; };
  EXPECT_TRUE(Run(&code_).ok());
}

TEST_F(Enrollment, OneOfTwoAtOnceWaitsForItsTurn) {
  ASSERT_TRUE(EnsurePrivateFolder(State().path()).ok());
  const auto other = FolderLock::Take(State().path());
  EXPECT_EQ(ExitCodeOf(Run(&code_).status()), ExitCode::kNotFoundOrConflict);
  EXPECT_GT(waits_, 0);
  EXPECT_EQ(agent_.enrollments_begun, 0);
}

TEST(ActivationCodeInput, TypingErrorsAreUsageErrors) {
  EXPECT_EQ(ExitCodeOf(CheckActivationCode(Secret("")).status()), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(CheckActivationCode(Secret("12345")).status()), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(ReadActivationCodeFile("/nowhere/code").status()), ExitCode::kUsage);
}

}  // namespace
}  // namespace signet::terminal
