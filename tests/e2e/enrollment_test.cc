// A new device, enrolled as its owner and its operator do it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>

#include "tests/support/agent_process.h"
#include "tests/support/stack.h"

namespace signet::testing {
namespace {

using hsm_agent::AgentProcess;
using ::testing::HasSubstr;

constexpr char kSoftHsm[] = "/usr/lib/softhsm/libsofthsm2.so";

// A device beside those of the stack, with a token that nothing has used yet.
class NewDevice {
 public:
  explicit NewDevice(const Stack& stack) : stack_(stack) {
    std::filesystem::create_directory(Path("tokens"));
    Write("softhsm2.conf", "directories.tokendir = " + Path("tokens") +
                               "\nobjectstore.backend = file\nlog.level = ERROR\n"
                               "slots.removable = false\n");
    Write("pin", "135790");
    Write("so-pin", "security-officer");
    const auto made = RunProgram({BinDir() + "/signet-agent", "init", "--state-dir", Path("state"),
                                  "--pkcs11-module", kSoftHsm, "--token-label", "device",
                                  "--pin-file", Path("pin"), "--so-pin-file", Path("so-pin")},
                                 Token());
    EXPECT_EQ(made.exit_code, 0) << made.err;
  }

  // In place of the agent that ran before.
  void StartAgent(const std::vector<std::string>& more) {
    agent_.reset();
    std::vector<std::string> arguments{"--pkcs11-module", kSoftHsm,     "--token-label",
                                       "device",          "--pin-file", Path("pin")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto agent = AgentProcess::Start(folder_.path(), arguments, Token());
    ASSERT_TRUE(agent.ok()) << agent.status();
    agent_ = *std::move(agent);
  }
  ProcessResult Terminal(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), BinDir() + "/signet");
    return RunProgram(arguments, {{"SIGNET_AGENT_SOCKET", Path("socket/agent.sock")},
                                  {"SIGNET_GATEWAY", stack_.Address("GATEWAY")},
                                  {"SIGNET_ENROLLMENT_GATEWAY", stack_.Address("ENROLLMENT")},
                                  {"SIGNET_SERVER_CA", stack_.dir() + "/pki/ca.pem"},
                                  {"SIGNET_STATE_DIR", Path("terminal")}});
  }
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }

 private:
  void Write(const std::string& name, const std::string& content) const {
    WriteFile(Path(name), content);
    chmod(Path(name).c_str(), 0600);
  }
  std::map<std::string, std::string> Token() const {
    return {{"SOFTHSM2_CONF", Path("softhsm2.conf")}};
  }

  const Stack& stack_;
  TempDir folder_;
  std::unique_ptr<AgentProcess> agent_;
};

TEST(Enrollment, OnlyTheDeviceCaThatTheDeviceWasGivenEnrollsIt) {
  const Stack stack;
  NewDevice device(stack);
  const std::string code = device.Path("code");
  const auto added =
      stack.Operator({"device", "add", "alice", "--name", "tablet", "--code-file", code});
  ASSERT_EQ(added.exit_code, 0) << added.err;

  device.StartAgent({});
  const auto unknown = device.Terminal({"enroll", "--code-file", code});
  EXPECT_EQ(unknown.exit_code, 7);
  EXPECT_THAT(unknown.err, HasSubstr("--device-ca"));

  // To a device that was given another CA, the operator's own answer is a forgery.
  device.StartAgent({"--device-ca", stack.dir() + "/pki/ca.pem"});
  const auto refused = device.Terminal({"enroll", "--code-file", code});
  EXPECT_EQ(refused.exit_code, 4) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("did not sign"));
  EXPECT_EQ(device.Terminal({"balance"}).exit_code, 7);

  // The enrollment goes on where it was refused, without the code.
  device.StartAgent({"--device-ca", stack.dir() + "/hsm/device-ca.pem"});
  const auto enrolled = device.Terminal({"enroll"});
  EXPECT_EQ(enrolled.exit_code, 0) << enrolled.err;

  device.StartAgent({});
  const auto balance = device.Terminal({"balance"});
  EXPECT_EQ(balance.exit_code, 0) << balance.err;
}

}  // namespace
}  // namespace signet::testing
