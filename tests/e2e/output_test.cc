// Trouble with output is never told as trouble with the deed: each command of each program, and
// each way in which stdout or stderr may take nothing (decision 0026).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "tests/e2e/new_device.h"
#include "tests/support/stack.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

constexpr int kOutputLost = 9;
constexpr Sink kBroken[] = {Sink::kDiskFull, Sink::kNobodyReads, Sink::kClosed};

struct Case {
  std::vector<std::string> command;  // with its program; "@" becomes a number that is new each time
  std::vector<std::string> arguments;
  std::string told;  // of what was done, on stderr
};

// With each "@" a number that no other has.
std::string Numbered(std::string text) {
  static int number = 0;
  if (const size_t at = text.find('@'); at != std::string::npos) {
    text.replace(at, 1, std::to_string(++number));
  }
  return text;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// Every command of a program that has no commands of its own: "signet receipt verify".
void AddCommands(const std::vector<std::string>& command, std::set<std::string>& all) {
  std::vector<std::string> help = command;
  help.front() = BinDir() + "/" + help.front();
  help.emplace_back("--help");
  std::istringstream lines(RunProgram(help).out);
  bool listed = false;
  bool has_commands = false;
  static const std::regex name_pattern(R"(^  ([a-z-]+)\s.*)");
  std::smatch name;
  for (std::string line; std::getline(lines, line);) {
    if (line == "Subcommands:") listed = true;
    if (line.empty()) listed = false;
    if (!listed || !std::regex_match(line, name, name_pattern)) continue;
    std::vector<std::string> deeper = command;
    deeper.push_back(name[1]);
    AddCommands(deeper, all);
    has_commands = true;
  }
  if (!has_commands) all.insert(Joined(command));
}

class OutputTest : public ::testing::Test {
 protected:
  OutputTest() {
    const auto paid =
        stack_.Terminal("alice", {"--json", "pay", "1.00", "EUR", "--to", "corner-coffee"});
    static const std::regex id_pattern(R"re("paymentId":"([0-9a-f-]+)")re");
    std::smatch id;
    EXPECT_TRUE(std::regex_search(paid.out, id, id_pattern)) << paid.err;
    payment_ = id[1];
  }

  ProcessResult Run(const Case& a_case, const Sinks& sinks) const {
    std::vector<std::string> arguments(a_case.command.begin() + 1, a_case.command.end());
    arguments.insert(arguments.end(), a_case.arguments.begin(), a_case.arguments.end());
    for (std::string& argument : arguments) argument = Numbered(argument);
    const std::string& program = a_case.command.front();
    if (program == "signet" || program == "signetctl") {
      arguments.insert(arguments.begin(), "--quiet");
      return stack_.Terminal(program == "signet" ? "alice" : program, arguments, sinks);
    }
    arguments.insert(arguments.begin(), BinDir() + "/" + program);
    return RunProgram(arguments, {}, sinks);
  }

  // What each answers on stdout is lost, and is said so, whatever became of stdout.
  void ExpectAnswerLost(const Case& a_case) const {
    for (const Sink sink : kBroken) {
      const ProcessResult lost = Run(a_case, {.out = sink});
      SCOPED_TRACE(Joined(a_case.command) + " with broken stdout " +
                   std::to_string(static_cast<int>(sink)) + ": " + lost.err);
      EXPECT_EQ(lost.exit_code, kOutputLost);
      EXPECT_THAT(lost.err, HasSubstr(a_case.command.front() + ": done, but stdout"));
      EXPECT_THAT(lost.err, HasSubstr(a_case.told));
      EXPECT_EQ(std::count(lost.err.begin(), lost.err.end(), '\n'), 1);
      const ProcessResult unseen = Run(a_case, {.err = sink});
      EXPECT_EQ(unseen.exit_code, 0) << "with broken stderr";
      EXPECT_NE(unseen.out, "");
    }
    EXPECT_EQ(Run(a_case, {Sink::kClosed, Sink::kClosed}).exit_code, kOutputLost);
  }

  std::vector<Case> Cases() const {
    const std::string& dir = stack_.dir();
    const std::string database = "host=" + dir + "/postgres/socket user=signet dbname=signet";
    return {
        {{"signet", "module"}, {}, ""},
        {{"signet", "pay"}, {"0.01", "EUR", "--to", "corner-coffee"}, "is made; its receipt is in"},
        {{"signet", "resume"}, {"--json"}, ""},
        {{"signet", "balance"}, {}, ""},
        {{"signet", "show"}, {payment_}, ""},
        {{"signet", "receipt", "verify"},
         {dir + "/devices/alice/terminal/receipts/" + payment_ + ".json"},
         "the receipt is genuine"},
        {{"signet", "receipt", "fetch"}, {payment_}, "payment " + payment_ + " is made"},
        {{"signetctl", "status"}, {}, ""},
        {{"signetctl", "account", "create"},
         {"bob-@", "EUR", "--name", "Bob", "--kind", "customer", "--limit", "100.00"},
         "account bob-"},
        {{"signetctl", "account", "show"}, {"alice"}, ""},
        {{"signetctl", "account", "block"}, {"corner-coffee"}, "account corner-coffee is blocked"},
        {{"signetctl", "account", "unblock"}, {"corner-coffee"}, "account corner-coffee is active"},
        {{"signetctl", "device", "add"},
         {"alice", "--name", "x", "--code-file", dir + "/code-@"},
         "its activation code is in " + dir + "/code-"},
        {{"signetctl", "device", "list"}, {}, ""},
        {{"signetctl", "device", "suspend"}, {"00000002"}, "device 00000002 is suspended"},
        {{"signetctl", "device", "resume"}, {"00000002"}, "device 00000002 is active"},
        {{"signetctl", "ledger", "verify"}, {}, "the ledger is consistent"},
        {{"signetctl", "device", "revoke"}, {"00000002", "--yes"}, "device 00000002 is revoked"},
        {{"signet-platform", "migrate"}, {"--database", database}, "schema has version"},
        {{"signet-crypto", "init"},
         {"--pkcs11-module", "libsoftokn3.so", "--token-label", "signet-server", "--bdk-id",
          "51900001", "--pin-file", dir + "/hsm/pin", "--so-pin-file", dir + "/hsm/so-pin",
          "--pkcs11-parameters",
          "configdir='sql:" + dir +
              "/hsm/tokens' dbTokenDescription='signet-server' secmod='' flags=noModDB",
          "--device-ca", dir + "/hsm/device-ca.pem", "--receipt-key", dir + "/hsm/receipt-key.pem"},
         "signet-server"},
    };
  }

  Stack stack_;
  std::string payment_;
};

// Told elsewhere: what prints nothing, serves, or needs a device of its own.
std::set<std::string> ToldElsewhere() {
  return {"signet enroll",     "signet standby",      "signetctl pki init",  "signetctl pki issue",
          "signet-gateway",    "signet-crypto run",   "signet-platform run", "signet-agent run",
          "signet-agent init", "signet-agent unblock"};
}

TEST_F(OutputTest, WhatIsDoneIsDoneWhoeverHearsOfIt) {
  std::set<std::string> tried = ToldElsewhere();
  for (const Case& a_case : Cases()) {
    tried.insert(Joined(a_case.command));
    ExpectAnswerLost(a_case);
  }
  std::set<std::string> all;
  for (const char* program : {"signet", "signetctl", "signet-agent", "signet-gateway",
                              "signet-crypto", "signet-platform"}) {
    AddCommands({program}, all);
  }
  EXPECT_EQ(tried, all) << "a command is missing here, or is gone";
  // The first payment, and seven that nobody heard of or saw.
  EXPECT_EQ(stack_.Sql("SELECT count(*) FROM payment WHERE completed_at_unix_ms > 0"), "8");
  EXPECT_EQ(stack_.Sql("SELECT count(*) FROM account WHERE handle LIKE 'bob-%'"), "7");

  for (const Sink sink : kBroken) {
    const Sinks sinks{.out = sink};
    const std::string made = stack_.dir() + Numbered("/pki-@");
    EXPECT_EQ(stack_.Operator({"pki", "init", made}, sinks).exit_code, 0) << "it prints nothing";
    EXPECT_EQ(
        stack_.Operator({"pki", "issue", "gateway", "--ca", made, "--out", made + "/g"}, sinks)
            .exit_code,
        0);
    // What fails keeps its own code.
    EXPECT_EQ(stack_.Terminal("alice", {"--json", "show", "0000ffff-00000001"}, sinks).exit_code,
              7);
    EXPECT_EQ(stack_.Terminal("alice", {"--json", "pay", "1"}, sinks).exit_code, 2);
  }
}

TEST_F(OutputTest, NoDeviceWaitsForACodeThatIsLost) {
  const std::string registered = "SELECT count(*) FROM device";
  const std::string before = stack_.Sql(registered);
  const std::vector<std::string> add = {"--quiet", "device", "add", "alice", "--name", "x"};
  for (const Sink sink : {Sink::kClosed, Sink::kNobodyReads}) {
    const auto refused = stack_.Operator(add, {.out = sink});
    EXPECT_EQ(refused.exit_code, 2) << refused.err;
    EXPECT_THAT(refused.err, HasSubstr("nothing was registered"));
  }
  EXPECT_EQ(stack_.Sql(registered), before);
  const auto undone = stack_.Operator(add, {.out = Sink::kDiskFull});
  EXPECT_EQ(undone.exit_code, 1) << undone.err;
  EXPECT_THAT(undone.err, HasSubstr("device 00000003, which is shown only once, so the device was "
                                    "revoked again"));
  const auto listed = stack_.Operator({"device", "list", "alice"});
  EXPECT_THAT(listed.out, ::testing::ContainsRegex("00000003 +alice +revoked"));
}

TEST_F(OutputTest, ADeviceIsSetUpAndEnrolledWhoeverHearsOfIt) {
  for (const Sink sink : kBroken) {
    NewDevice device(stack_);
    const std::vector<std::string> init = {"init", "--pin-file", device.Path("pin")};
    const auto ready = device.Setup(init, {.out = sink});
    EXPECT_EQ(ready.exit_code, kOutputLost);
    EXPECT_THAT(ready.err, HasSubstr("token device"));
    EXPECT_EQ(device.Setup(init, {.err = sink}).exit_code, 0);
    const auto unblocked = device.Setup({"unblock"}, {.out = sink});
    EXPECT_EQ(unblocked.exit_code, kOutputLost);
    EXPECT_THAT(unblocked.err, HasSubstr("the PIN may be tried again"));
    EXPECT_EQ(device.Setup({"unblock"}, {.err = sink}).exit_code, 0);

    const std::string code = device.Path("code");
    const auto added =
        stack_.Operator({"device", "add", "alice", "--name", "x", "--code-file", code});
    ASSERT_EQ(added.exit_code, 0) << added.err;
    device.StartAgent({"--device-ca", stack_.dir() + "/hsm/device-ca.pem"});
    const auto enrolled =
        device.Terminal({"--quiet", "enroll", "--code-file", code}, {.out = sink});
    EXPECT_EQ(enrolled.exit_code, kOutputLost);
    EXPECT_THAT(enrolled.err,
                HasSubstr("is enrolled; its files are in " + device.Path("terminal")));
    EXPECT_EQ(device.Terminal({"balance"}).exit_code, 0);
  }
}

TEST(Output, WhatProgramsSayOfThemselvesIsLostAlike) {
  for (const std::string program : {"signet", "signetctl", "signet-agent", "signet-gateway",
                                    "signet-crypto", "signet-platform"}) {
    for (const std::string flag : {"--help", "--version", "--describe-options"}) {
      for (const Sink sink : kBroken) {
        SCOPED_TRACE(program + " " + flag);
        const std::vector<std::string> command = {BinDir() + "/" + program, flag};
        EXPECT_EQ(RunProgram(command, {}, {.out = sink}).exit_code, kOutputLost);
        EXPECT_EQ(RunProgram(command, {}, {.err = sink}).exit_code, 0);
      }
    }
  }
  const std::vector<std::string> check = {BinDir() + "/signet-platform", "migrate", "--database",
                                          "dbname=signet", "--check-config"};
  for (const Sink sink : kBroken) {
    EXPECT_EQ(RunProgram(check, {}, {.out = sink}).exit_code, kOutputLost);
  }
}

// Ends a process of the stack, starts the same command line again without stdin, stdout and
// stderr, and says, when it serves, what they are.
constexpr char kStartClosed[] = R"(
  set -eu
  pid=$(<"$1/run/$2.pid")
  mapfile -d '' -t command <"/proc/$pid/cmdline"
  mapfile -d '' -t environment <"/proc/$pid/environ"
  kill -9 "$pid"
  timeout 10 tail --pid="$pid" -f /dev/null
  rm -f "$1/run/$2.ready"
  env -i "${environment[@]}" "${command[@]}" <&- >&- 2>&- &
  for ((i = 0; i < 600; ++i)); do
    [[ ! -s $1/run/$2.ready ]] || break
    kill -0 $!
    timeout 0.1 tail --pid=$! -f /dev/null || true
  done
  readlink "/proc/$!/fd/0" "/proc/$!/fd/1" "/proc/$!/fd/2"
  kill $!
  wait $!
)";

TEST(Output, NoSocketTakesTheNumberOfAClosedStream) {
  Stack stack;
  for (const std::string name : {"agent-alice", "gateway", "crypto", "platform"}) {
    const auto run = RunProgram({"bash", "-c", kStartClosed, "bash", stack.dir(), name});
    EXPECT_EQ(run.exit_code, 0) << name << run.err;
    EXPECT_EQ(run.out, "/dev/null\n/dev/null\n/dev/null\n") << name;
  }
}

}  // namespace
}  // namespace signet::testing
