// Whoever reaches a listener may write what he likes into his headers, and gRPC writes it into its
// log: nothing comes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/stack.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Door {
  std::string process;
  std::string address;
  std::vector<std::string> credentials;
};

std::vector<std::string> Tls(const std::string& certificate, const std::string& key) {
  return {"--certificate", certificate, "--key", key};
}

std::string Pid(const Stack& stack, const std::string& process) {
  return ReadFile(stack.dir() + "/run/" + process + ".pid");
}

TEST(HostileHeader, NoTextInAHeaderEndsAProcess) {
  const Stack stack;
  const std::string dir = stack.dir();
  const std::string terminal = dir + "/devices/alice/terminal";
  const std::vector<Door> doors = {
      {"gateway", stack.Address("GATEWAY"),
       Tls(terminal + "/terminal.pem", terminal + "/terminal.key")},
      {"gateway", stack.Address("ENROLLMENT"), {}},
      {"crypto", stack.Address("CRYPTO"), Tls(dir + "/gateway/tls.pem", dir + "/gateway/tls.key")},
      {"platform", stack.Address("PLATFORM"),
       Tls(dir + "/crypto/tls.pem", dir + "/crypto/tls.key")},
      {"agent-alice", "unix:" + dir + "/devices/alice/socket/agent.sock", {"--plain"}}};
  for (const Door& door : doors) {
    const std::string before = Pid(stack, door.process);
    std::vector<std::string> command{SourceDir() + "/tests/support/hostile_headers.py",
                                     door.address};
    command.insert(command.end(), door.credentials.begin(), door.credentials.end());
    const ProcessResult called = RunProgram(command);
    EXPECT_EQ(called.exit_code, 0) << door.address << called.err;
    EXPECT_EQ(called.out, "168\n") << door.address;
    EXPECT_EQ(RunProgram({"test", "-e", dir + "/run/" + door.process + ".exit"}).exit_code, 1)
        << door.process << " ended";
    EXPECT_EQ(Pid(stack, door.process), before);
    EXPECT_THAT(ReadFile(dir + "/log/" + door.process + ".log"), Not(HasSubstr("\"stopping\"")));
  }
  const auto paid = stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"});
  EXPECT_EQ(paid.exit_code, 0) << paid.err;
}

}  // namespace
}  // namespace signet::testing
