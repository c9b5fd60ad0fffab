// A device beside those of the stack, with a token that nothing has used yet.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/agent_process.h"
#include "tests/support/stack.h"

namespace signet::testing {

inline constexpr char kSoftHsm[] = "/usr/lib/softhsm/libsofthsm2.so";

class NewDevice {
 public:
  explicit NewDevice(const Stack& stack) : stack_(stack) {
    std::filesystem::create_directory(Path("tokens"));
    Write("softhsm2.conf", "directories.tokendir = " + Path("tokens") +
                               "\nobjectstore.backend = file\nlog.level = ERROR\n"
                               "slots.removable = false\n");
    Write("pin", "135790");
    Write("so-pin", "security-officer");
    const auto made = Setup({"init", "--pin-file", Path("pin")});
    EXPECT_EQ(made.exit_code, 0) << made.err;
  }

  // signet-agent init or unblock.
  ProcessResult Setup(std::vector<std::string> arguments, const Sinks& sinks = {}) const {
    arguments.insert(arguments.begin(), BinDir() + "/signet-agent");
    arguments.insert(arguments.end(), {"--state-dir", Path("state"), "--pkcs11-module", kSoftHsm,
                                       "--token-label", "device", "--so-pin-file", Path("so-pin")});
    return RunProgram(arguments, Token(), sinks);
  }

  // In place of the agent that ran before.
  void StartAgent(const std::vector<std::string>& more) {
    agent_.reset();
    std::vector<std::string> arguments{"--pkcs11-module", kSoftHsm,     "--token-label",
                                       "device",          "--pin-file", Path("pin")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto agent = hsm_agent::AgentProcess::Start(folder_.path(), arguments, Token());
    ASSERT_TRUE(agent.ok()) << agent.status();
    agent_ = *std::move(agent);
  }
  ProcessResult Terminal(std::vector<std::string> arguments, const Sinks& sinks = {}) const {
    arguments.insert(arguments.begin(), BinDir() + "/signet");
    return RunProgram(arguments,
                      {{"SIGNET_AGENT_SOCKET", Path("socket/agent.sock")},
                       {"SIGNET_GATEWAY", stack_.Address("GATEWAY")},
                       {"SIGNET_ENROLLMENT_GATEWAY", stack_.Address("ENROLLMENT")},
                       {"SIGNET_SERVER_CA", stack_.dir() + "/pki/ca.pem"},
                       {"SIGNET_STATE_DIR", Path("terminal")}},
                      sinks);
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
  std::unique_ptr<hsm_agent::AgentProcess> agent_;
};

}  // namespace signet::testing
