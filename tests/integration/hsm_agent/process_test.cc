// The real program: its commands, its folders, its socket, its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/rpc/channel.h"
#include "tests/support/agent_process.h"
#include "tests/support/process.h"
#include "tests/support/soft_token.h"
#include "tests/unit/hsm_agent/temp_folder.h"

namespace signet::hsm_agent {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ProcessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder_.File("tokens"));
    Write("softhsm2.conf", "directories.tokendir = " + folder_.File("tokens") +
                               "\nobjectstore.backend = file\nlog.level = ERROR\n"
                               "slots.removable = false\n");
    Write("pin", "135790\n");
    Write("so-pin", "security-officer\n");
    environment_["SOFTHSM2_CONF"] = folder_.File("softhsm2.conf");
  }
  void Write(const std::string& name, const std::string& content) {
    testing::WriteFile(folder_.File(name), content);
    chmod(folder_.File(name).c_str(), 0600);
  }
  testing::ProcessResult Command(const std::string& command,
                                 const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{testing::BinDir() + "/signet-agent",
                                       command,
                                       "--state-dir",
                                       folder_.File("state"),
                                       "--token-label",
                                       "device",
                                       "--pkcs11-module",
                                       testing::kSoftHsmPath};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return testing::RunProgram(arguments, environment_);
  }
  testing::ProcessResult Init() {
    return Command("init",
                   {"--pin-file", folder_.File("pin"), "--so-pin-file", folder_.File("so-pin")});
  }
  testing::ProcessResult Run(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"--socket-dir", folder_.File("socket"), "--pin-file",
                                       folder_.File("pin")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Command("run", arguments);
  }
  absl::StatusOr<std::unique_ptr<AgentProcess>> Start() {
    return AgentProcess::Start(folder_.path(),
                               {"--token-label", "device", "--pkcs11-module", testing::kSoftHsmPath,
                                "--pin-file", folder_.File("pin")},
                               environment_);
  }

  TempFolder folder_;
  std::map<std::string, std::string> environment_;
};

TEST_F(ProcessTest, InitializesATokenOnce) {
  const testing::ProcessResult before = Run();
  EXPECT_EQ(before.exit_code, 8);
  EXPECT_THAT(before.err, HasSubstr("signet-agent init"));
  EXPECT_EQ(Init().exit_code, 0);
  const testing::ProcessResult again = Init();
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.out, HasSubstr("initialized already"));
  for (const char* pin : {"123\n", "1234567890123\n"}) {
    Write("pin", pin);
    const testing::ProcessResult refused = Init();
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("4 to 12"));
  }
}

TEST_F(ProcessTest, ServesAloneInAPrivateFolderAndEndsInOrder) {
  ASSERT_EQ(Init().exit_code, 0);
  auto agent = Start();
  ASSERT_TRUE(agent.ok()) << agent.status();
  grpc::ClientContext context;
  rpc::SetDeadline(context, std::chrono::seconds(30));
  device::v1::DescribeModuleResponse module;
  const grpc::Status described = (*agent)->stub().DescribeModule(&context, {}, &module);
  ASSERT_TRUE(described.ok()) << described.error_message();
  EXPECT_THAT(module.manufacturer(), HasSubstr("SoftHSM"));
  EXPECT_EQ(module.label(), "device");
  EXPECT_EQ(module.pin_tries_left(), 5U);
  struct stat info {};
  ASSERT_EQ(stat(folder_.File("socket").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  ASSERT_EQ(stat(folder_.File("socket/agent.sock").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 077, 0U);

  const testing::ProcessResult second = Run();
  EXPECT_EQ(second.exit_code, 7);
  EXPECT_THAT(second.err, HasSubstr("another signet-agent is using"));
  const testing::ProcessResult unblock =
      Command("unblock", {"--so-pin-file", folder_.File("so-pin")});
  EXPECT_EQ(unblock.exit_code, 7);
  EXPECT_THAT(unblock.err, HasSubstr("another signet-agent is using"));
  EXPECT_EQ((*agent)->Stop(), 0) << testing::ReadFile(folder_.File("log"));
}

TEST_F(ProcessTest, RefusesOpenFoldersAndPinFilesAndADamagedState) {
  ASSERT_EQ(Init().exit_code, 0);
  chmod(folder_.File("pin").c_str(), 0640);
  for (const testing::ProcessResult& open : {Run(), Init()}) {
    EXPECT_EQ(open.exit_code, 2);
    EXPECT_THAT(open.err, HasSubstr("chmod 600"));
  }
  chmod(folder_.File("pin").c_str(), 0600);
  std::filesystem::create_directory(folder_.File("socket"));
  chmod(folder_.File("socket").c_str(), 0755);
  const testing::ProcessResult open_folder = Run();
  EXPECT_EQ(open_folder.exit_code, 2);
  EXPECT_THAT(open_folder.err, HasSubstr("chmod 700"));
  chmod(folder_.File("socket").c_str(), 0700);
  Write("state/state", "garbage");
  const testing::ProcessResult damaged = Run();
  EXPECT_EQ(damaged.exit_code, 1);
  EXPECT_THAT(damaged.err, HasSubstr("is damaged"));
  EXPECT_EQ(Command("unblock", {"--so-pin-file", folder_.File("so-pin")}).exit_code, 1);
  EXPECT_EQ(testing::ReadFile(folder_.File("state/state")), "garbage");
}

TEST_F(ProcessTest, NamesWhatIsMissing) {
  environment_["SOFTHSM2_CONF"] = folder_.File("nowhere.conf");
  EXPECT_EQ(Run().exit_code, 8);
  const testing::ProcessResult usage = Command("run", {"--socket-dir", folder_.File("socket")});
  EXPECT_EQ(usage.exit_code, 2);
  EXPECT_THAT(usage.err, HasSubstr("--pinentry"));
  const testing::ProcessResult no_pin = Command(
      "run", {"--socket-dir", folder_.File("socket"), "--pin-file", folder_.File("nowhere")});
  EXPECT_EQ(no_pin.exit_code, 2);
  EXPECT_THAT(no_pin.err, AllOf(HasSubstr(folder_.File("nowhere")), HasSubstr("check its path")));
  const testing::ProcessResult too_long = Command(
      "run",
      {"--socket-dir", folder_.File(std::string(100, 'x')), "--pin-file", folder_.File("pin")});
  EXPECT_EQ(too_long.exit_code, 2);
  EXPECT_THAT(too_long.err, HasSubstr("use a shorter --socket-dir"));
  for (const std::string& file :
       {folder_.File("nowhere.pem"), folder_.File("pin"), folder_.path()}) {
    const testing::ProcessResult no_ca = Run({"--device-ca", file});
    EXPECT_EQ(no_ca.exit_code, 2) << file;
    EXPECT_THAT(no_ca.err, AllOf(HasSubstr(file), HasSubstr("signet-crypto init")));
  }
}

TEST_F(ProcessTest, TheSecurityOfficerUnblocksThePin) {
  ASSERT_EQ(Init().exit_code, 0);
  Write("pin", "000000\n");
  auto agent = Start();
  ASSERT_TRUE(agent.ok()) << agent.status();
  device::v1::BeginQueryRequest query;
  query.mutable_query()->mutable_account();
  const auto ask = [&] {
    grpc::ClientContext context;
    rpc::SetDeadline(context, std::chrono::seconds(30));
    device::v1::BeginQueryResponse response;
    return (*agent)->stub().BeginQuery(&context, query, &response);
  };
  std::vector<grpc::StatusCode> codes;
  for (int i = 0; i < 6; ++i) {
    Write("pin", "00000" + std::to_string(i) + "\n");
    codes.push_back(ask().error_code());
  }
  using enum grpc::StatusCode;
  EXPECT_THAT(codes,
              ::testing::ElementsAre(UNAUTHENTICATED, UNAUTHENTICATED, UNAUTHENTICATED,
                                     UNAUTHENTICATED, FAILED_PRECONDITION, FAILED_PRECONDITION));
  EXPECT_EQ((*agent)->Stop(), 0);

  Write("so-pin", "not the officer\n");
  const testing::ProcessResult refused =
      Command("unblock", {"--so-pin-file", folder_.File("so-pin")});
  EXPECT_EQ(refused.exit_code, 4);
  Write("so-pin", "security-officer\n");
  EXPECT_EQ(Command("unblock", {"--so-pin-file", folder_.File("so-pin")}).exit_code, 0);
  Write("pin", "135790\n");
  agent = Start();
  ASSERT_TRUE(agent.ok()) << agent.status();
  const grpc::Status status = ask();
  EXPECT_EQ(status.error_code(), FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("not enrolled")) << "the PIN was taken";
}

}  // namespace
}  // namespace signet::hsm_agent
