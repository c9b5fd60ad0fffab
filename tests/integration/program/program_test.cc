#include "libs/program/program.h"

#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/program/log.h"
#include "libs/serving/admin_server.h"
#include "libs/serving/metrics.h"
#include "nlohmann/json.hpp"
#include "tests/support/process.h"

namespace signet::serving {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
  bool ran = false;
  std::string address = "default";
  int rate = 1;
  bool quiet = false;
  bool json = false;
  std::string pin_file;
};

// A program with options of its own and two commands.
Outcome RunTest(
    std::vector<std::string> arguments, const std::map<std::string, std::string>& env = {},
    const std::function<absl::Status()>& body = [] { return absl::OkStatus(); },
    const absl::Status& checked = absl::OkStatus()) {
  Outcome outcome;
  CLI::App app("A test", "signet-test");
  app.add_option("--tls-address", outcome.address);
  app.add_option("--rate", outcome.rate, "how fast | slow")->capture_default_str();
  app.add_flag("--quiet", outcome.quiet);
  app.add_flag("--json", outcome.json);
  CLI::App* run = app.add_subcommand("run");
  run->add_option("--pin-file", outcome.pin_file);
  CLI::App* init = app.add_subcommand("init");
  std::string label;
  init->add_option("--label", label);

  for (const auto& [name, value] : env) setenv(name.c_str(), value.c_str(), 1);
  arguments.insert(arguments.begin(), "signet-test");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const auto run_body = [&] {
    outcome.ran = true;
    return body();
  };
  outcome.exit_code = RunProgram(app, static_cast<int>(arguments.size()), argv.data(), run_body,
                                 [&] { return checked; });
  outcome.out = ::testing::internal::GetCapturedStdout();
  outcome.err = ::testing::internal::GetCapturedStderr();
  for (const auto& [name, value] : env) unsetenv(name.c_str());
  ConfigureLog("signet-test", "off");
  return outcome;
}

class ProgramTest : public ::testing::Test {
 protected:
  std::string Config(const std::string& text) {
    const std::string path = folder_.path() + "/signet.toml";
    testing::WriteFile(path, text);
    return path;
  }
  testing::TempDir folder_;
};

void ExpectUsageError(const Outcome& outcome, const std::string& part) {
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_FALSE(outcome.ran);
  EXPECT_THAT(outcome.err, AllOf(StartsWith("signet-test: "), HasSubstr(part)));
  EXPECT_EQ(outcome.err.find('\n'), outcome.err.size() - 1) << outcome.err;
  EXPECT_EQ(outcome.out, "");
}

TEST_F(ProgramTest, WhatIsMisspeltIsNamedAndGuessed) {
  ExpectUsageError(RunTest({"runn"}), "there is no command runn; did you mean run?; see");
  ExpectUsageError(RunTest({"delete"}), "there is no command delete; see");
  ExpectUsageError(RunTest({"run", "--pin-fiel=x"}),
                   "there is no option --pin-fiel; did you mean --pin-file?; see");
  ExpectUsageError(RunTest({"run", "--quite"}),
                   "there is no option --quite; did you mean --quiet?");
  ExpectUsageError(RunTest({"run", "surplus"}), "surplus");
}

TEST_F(ProgramTest, AnOptionInAWrongPlaceIsToldItsPlace) {
  ExpectUsageError(RunTest({"--pin-file", "x", "run"}),
                   "--pin-file goes after `signet-test run`; see signet-test run --help\n");
  ExpectUsageError(RunTest({"run", "--rate=3"}),
                   "--rate goes before `run`; see signet-test --help\n");
  ExpectUsageError(RunTest({"init", "--pin-file", "x"}),
                   "--pin-file is an option of `signet-test run`, not of `signet-test init`; see "
                   "signet-test run --help\n");
  ExpectUsageError(RunTest({"--pin-file", "x"}),
                   "--pin-file is an option of `signet-test run`; see");
}

TEST_F(ProgramTest, TheHelpThatListsTheOptionIsNamed) {
  ExpectUsageError(RunTest({"--rate", "fast", "run"}), "; see signet-test --help\n");
  ExpectUsageError(RunTest({"--log-level", "loud", "run"}), "; see signet-test --help\n");
  ExpectUsageError(RunTest({"run", "--pin-file"}), "; see signet-test run --help\n");
  ExpectUsageError(RunTest({"--rate"}), "; see signet-test --help\n");
}

TEST_F(ProgramTest, UsageErrorsAreJsonWhereThatIsAskedFor) {
  const std::string config = Config("no \"key\"");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--rate", "fast", "--json"},
        {"--json", "--no-such"},
        {"--json", "--config", config},
        {"--rate", "--json"}}) {
    const Outcome outcome = RunTest(arguments);
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.err, StartsWith("signet-test: "));
    const auto error = nlohmann::json::parse(outcome.out, nullptr, false)["error"];
    EXPECT_EQ(error["code"], "INVALID_ARGUMENT") << outcome.out;
    EXPECT_EQ("signet-test: " + error.value("message", "") + "\n", outcome.err);
    EXPECT_EQ(error["exitCode"], 2);
  }
  EXPECT_EQ(RunTest({"--help", "--json"}).exit_code, 0);
}

TEST_F(ProgramTest, FlagsWinOverTheEnvironmentAndThatOverTheFile) {
  const std::string config = Config("tls-address = \"file\"\nrate = 3\nquiet = true\n");
  EXPECT_EQ(RunTest({}).address, "default");
  const Outcome file = RunTest({"--config", config});
  EXPECT_EQ(file.exit_code, 0) << file.err;
  EXPECT_EQ(file.address, "file");
  EXPECT_EQ(file.rate, 3);
  EXPECT_TRUE(file.quiet);
  const Outcome env = RunTest({"--config", config}, {{"SIGNET_TLS_ADDRESS", "env"}});
  EXPECT_EQ(env.address, "env");
  EXPECT_EQ(env.rate, 3);
  EXPECT_EQ(RunTest({"--config", config, "--tls-address", "flag"}, {{"SIGNET_TLS_ADDRESS", "env"}})
                .address,
            "flag");
  EXPECT_TRUE(RunTest({}, {{"SIGNET_QUIET", "true"}}).quiet);
}

TEST_F(ProgramTest, TheEnvironmentNamesTheFileToo) {
  EXPECT_EQ(RunTest({}, {{"SIGNET_CONFIG", Config("rate = 7")}}).rate, 7);
  ExpectUsageError(RunTest({}, {{"SIGNET_CONFIG", folder_.path() + "/none.toml"}}), "none.toml");
}

TEST_F(ProgramTest, AFileServesEveryCommand) {
  const std::string config = Config("rate = 5\npin-file = \"/p\"\nlabel = \"l\"\n");
  const Outcome run = RunTest({"--config", config, "run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.pin_file, "/p");
  EXPECT_EQ(run.rate, 5);
  EXPECT_EQ(RunTest({"--config", config, "init"}).exit_code, 0);
  const Outcome table = RunTest({"--config", Config("[run]\npin-file = \"/t\"\n"), "run"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_EQ(table.pin_file, "/t");
  const Outcome other = RunTest({"--config", Config("[run]\npin-file = \"/t\"\n"), "init"});
  EXPECT_EQ(other.exit_code, 0) << other.err;
  EXPECT_EQ(RunTest({"run"}, {{"SIGNET_PIN_FILE", "/e"}}).pin_file, "/e");
}

TEST_F(ProgramTest, WhatIsWrongWithAFileIsOneClearLine) {
  ExpectUsageError(RunTest({"--config", folder_.path() + "/none.toml"}), "none.toml");
  ExpectUsageError(RunTest({"--config", folder_.path()}), folder_.path());
  ExpectUsageError(
      RunTest({"--config", Config("colour = \"red\"")}),
      "signet.toml, line 1: unknown key \"colour\"; remove it, or see --help for the options\n");
  ExpectUsageError(RunTest({"--config", Config("[fly]\nrate = 1")}),
                   "signet.toml, line 2: there is no command [fly]");
  ExpectUsageError(RunTest({"--config", Config("rate 1")}), "signet.toml, line 1: ");
  ExpectUsageError(RunTest({"--config", Config("config = \"x\"")}),
                   "\"config\" cannot be set in a file");
  ExpectUsageError(RunTest({"--config", Config("rate = \"fast\"")}), "rate");
  ExpectUsageError(RunTest({"--config", Config("tls-address = [\"a\", \"b\"]")}), "tls-address");
}

TEST_F(ProgramTest, UsageErrorsEndWithTwo) {
  ExpectUsageError(RunTest({"--no-such"}), "--no-such");
  ExpectUsageError(RunTest({"--rate", "fast"}), "--rate");
  ExpectUsageError(RunTest({"--rate"}), "--rate");
  ExpectUsageError(RunTest({"--log-level", "loud"}), "--log-level");
  ExpectUsageError(RunTest({}, {{"SIGNET_RATE", "fast"}}), "rate");
}

TEST_F(ProgramTest, HelpAndVersionGoToStdout) {
  const Outcome help = RunTest({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, AllOf(HasSubstr("--tls-address"), HasSubstr("--config"),
                              HasSubstr("SIGNET_TLS_ADDRESS")));
  EXPECT_EQ(help.err, "");
  const Outcome version = RunTest({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, StartsWith("signet-test 0."));
}

TEST_F(ProgramTest, TheBodysErrorIsToldWithItsExitCode) {
  const Outcome internal = RunTest({}, {}, [] { return absl::UnavailableError("cannot listen"); });
  EXPECT_EQ(internal.exit_code, 1);
  EXPECT_EQ(internal.err, "signet-test: cannot listen\n");
  const Outcome hardware = RunTest({}, {}, [] {
    return WithExitCode(absl::InternalError("no module"), ExitCode::kHardwareModule);
  });
  EXPECT_EQ(hardware.exit_code, 8);
  const Outcome thrown =
      RunTest({}, {}, []() -> absl::Status { throw std::runtime_error("boom"); });
  EXPECT_EQ(thrown.exit_code, 1);
  EXPECT_THAT(thrown.err, HasSubstr("boom"));
}

TEST_F(ProgramTest, OptionsMayOnlyBeChecked) {
  const auto check = [](const absl::Status& status) {
    return RunTest(
        {"--check-config", "--rate", "5"}, {}, [] { return absl::OkStatus(); }, status);
  };
  const Outcome valid = check(absl::OkStatus());
  EXPECT_EQ(valid.exit_code, 0);
  EXPECT_FALSE(valid.ran);
  EXPECT_THAT(valid.out, HasSubstr("valid"));
  const Outcome wrong = check(absl::NotFoundError("there is no file x"));
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_FALSE(wrong.ran);
  EXPECT_THAT(wrong.err, HasSubstr("there is no file x"));
  EXPECT_FALSE(RunTest({"run", "--check-config"}).ran) << "of a command as well";
  EXPECT_EQ(RunTest({"--check-config", "--rate", "fast"}).exit_code, 2);
}

TEST_F(ProgramTest, TheReferenceIsMadeFromTheOptions) {
  const Outcome outcome = RunTest({"--describe-options"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_FALSE(outcome.ran);
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("## signet-test\n"),
                    HasSubstr("| `--rate` | `SIGNET_RATE` | `rate` | `1` | how fast \\| slow |"),
                    HasSubstr("### signet-test run\n"),
                    HasSubstr("| `--pin-file` | `SIGNET_PIN_FILE` | `pin-file` |  |")));
}

TEST_F(ProgramTest, AProbeNeedsNoOtherOption) {
  Metrics metrics;
  absl::Status ready = absl::UnavailableError("no database");
  auto server = AdminServer::Start("127.0.0.1:0", metrics, [&ready] { return ready; }).value();
  Outcome outcome = RunTest({"--probe-ready", server->address()});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("no database"));
  ready = absl::OkStatus();
  outcome = RunTest({"--probe-ready", server->address()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_FALSE(outcome.ran);
  auto ipv6 = AdminServer::Start("[::1]:0", metrics, [&ready] { return ready; }).value();
  outcome = RunTest({"--probe-ready", ipv6->address()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;

  EXPECT_EQ(RunTest({"--probe-ready", "127.0.0.1:1"}).exit_code, 1) << "nobody listens there";
  EXPECT_EQ(RunTest({"--probe-ready", "unix:" + folder_.path() + "/none.sock"}).exit_code, 1);
  EXPECT_THAT(RunTest({"--probe-ready", "nonsense"}).err, HasSubstr("HOST:PORT"));
}

TEST(ExitCodeTest, AStatusKeepsItsExitCode) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), ExitCode::kDone);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("x")), ExitCode::kInternal);
  EXPECT_EQ(ExitCodeOf(WithExitCode(absl::NotFoundError("x"), ExitCode::kNotFoundOrConflict)),
            ExitCode::kNotFoundOrConflict);
}

}  // namespace
}  // namespace signet::serving
