// What people get wrong: each gives one clear line that names the cause and the remedy, the right
// exit code, and nothing is lost. Exit codes are those of docs/operations.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/support/stack.h"

namespace signet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// One line on stderr that contains both, and nothing on stdout.
void ExpectError(const ProcessResult& result, int exit_code, const std::string& cause,
                 const std::string& remedy) {
  EXPECT_EQ(result.exit_code, exit_code) << result.out << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr(cause), HasSubstr(remedy)));
  EXPECT_EQ(result.out, "");
}

TEST(BadInput, AmountsAndPayees) {
  Stack stack;
  const auto pay = [&](const std::string& amount, const std::string& currency,
                       const std::string& payee) {
    return stack.Terminal("alice", {"pay", "--to", payee, "--", amount, currency});
  };
  ExpectError(pay("0", "EUR", "corner-coffee"), 2, "0", "above zero");
  ExpectError(pay("-5", "EUR", "corner-coffee"), 2, "-5", "digits");
  ExpectError(pay("1.5", "JPY", "corner-coffee"), 2, "JPY", "decimals");
  ExpectError(pay("1.005", "EUR", "corner-coffee"), 2, "EUR", "decimals");
  ExpectError(pay("92233720368547758.08", "EUR", "corner-coffee"), 2, "92233720368547758.08",
              "large");
  ExpectError(pay("1.00", "EUX", "corner-coffee"), 2, "EUX", "ISO 4217");
  ExpectError(pay("1.00", "EUR", "Corner Coffee!"), 2, "Corner Coffee!", "a-z");
  EXPECT_EQ(pay("1.00", "EUR", "nobody-here").exit_code, 3);
  EXPECT_EQ(pay("1", "JPY", "corner-coffee").exit_code, 3) << "the account is in EUR";
  // None of it moved money or left anything open.
  EXPECT_EQ(stack.Sql("SELECT posted_minor, reserved_minor FROM account WHERE handle = 'alice'"),
            "10000|0");
  EXPECT_EQ(pay("1.00", "EUR", "corner-coffee").exit_code, 0);
}

TEST(BadInput, WrongPinIsCountedAndBlocksAtFive) {
  Stack stack;
  const std::string pin_file = stack.dir() + "/devices/alice/token/pin";
  const std::string pin = ReadFile(pin_file);
  // One payment first, so that the module is logged in and the PIN is checked at its use.
  ASSERT_EQ(stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"}).exit_code, 0);
  const auto pay = [&] {
    return stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"});
  };
  for (int left = 4; left >= 1; --left) {
    WriteFile(pin_file, "00000000" + std::to_string(left));
    ExpectError(pay(), 4, "PIN", "left: " + std::to_string(left));
    ExpectError(pay(), 4, "not tried again", "correct --pin-file " + pin_file);
  }
  WriteFile(pin_file, "000000000");
  EXPECT_EQ(pay().exit_code, 4);
  WriteFile(pin_file, pin);
  const auto blocked = pay();
  EXPECT_EQ(blocked.exit_code, 4);
  EXPECT_THAT(blocked.err, HasSubstr("blocked"));
  EXPECT_EQ(stack.Sql("SELECT posted_minor FROM account WHERE handle = 'alice'"), "9900");
}

std::vector<std::string> PlatformCommand(const Stack& stack, const std::string& tls_dir) {
  return {BinDir() + "/signet-platform",
          "run",
          "--start-wait-seconds",
          "0",
          "--listen",
          "127.0.0.1:0",
          "--admin-listen",
          "127.0.0.1:0",
          "--tls-certificate",
          tls_dir + "/tls.pem",
          "--tls-key",
          tls_dir + "/tls.key",
          "--tls-roots",
          tls_dir + "/ca.pem",
          "--database",
          "host=" + stack.dir() + "/postgres/socket user=signet dbname=signet"};
}

TEST(BadInput, Configuration) {
  Stack stack;
  const auto gateway = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), BinDir() + "/signet-gateway");
    return RunProgram(arguments);
  };
  ExpectError(gateway({"--config", stack.dir() + "/none.toml"}), 2, "none.toml", "--config");
  const std::string unknown = stack.dir() + "/unknown.toml";
  WriteFile(unknown, "no-such-option = 1\n");
  ExpectError(gateway({"--config", unknown}), 2, "no-such-option", "unknown.toml");
  const std::string broken = stack.dir() + "/broken.toml";
  WriteFile(broken, "[[[\nlisten = \n");
  EXPECT_EQ(gateway({"--config", broken}).exit_code, 2);

  // A port that is taken.
  auto taken = PlatformCommand(stack, stack.dir() + "/platform");
  taken[5] = stack.Address("PLATFORM");
  const auto in_use = RunProgram(taken);
  EXPECT_EQ(in_use.exit_code, 1) << in_use.err;
  EXPECT_THAT(in_use.err, AllOf(HasSubstr(stack.Address("PLATFORM")), HasSubstr("taken")));

  // A certificate that has expired.
  const std::string expired = stack.dir() + "/expired";
  ASSERT_EQ(stack
                .Operator({"pki", "issue", "platform", "--ca", stack.dir() + "/pki", "--out",
                           expired, "--days", "-1"})
                .exit_code,
            2)
      << "the operator's tool does not make one";
  RunProgram({"bash", "-c",
              "mkdir " + expired + " && cp " + stack.dir() + "/platform/tls.key " + stack.dir() +
                  "/platform/ca.pem " + expired + " && openssl x509 -in " + stack.dir() +
                  "/platform/tls.pem -signkey " + expired + "/tls.key -days -1 -out " + expired +
                  "/tls.pem"});
  const auto refused = RunProgram(PlatformCommand(stack, expired));
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("expired"), HasSubstr("tls.pem")));

  // The certificate of another service.
  const auto anothers = RunProgram(PlatformCommand(stack, stack.dir() + "/crypto"));
  EXPECT_NE(anothers.exit_code, 0);
  EXPECT_THAT(anothers.err,
              AllOf(HasSubstr(stack.dir() + "/crypto/tls.pem"), HasSubstr("spiffe://signet/crypto"),
                    HasSubstr("`signetctl pki issue platform`")));

  // A database that is not there.
  auto no_database = PlatformCommand(stack, stack.dir() + "/platform");
  no_database.back() = "host=" + stack.dir() + "/nowhere user=signet dbname=signet";
  const auto down = RunProgram(no_database);
  EXPECT_EQ(down.exit_code, 5) << down.err;
  EXPECT_THAT(down.err, AllOf(HasSubstr("database"), HasSubstr("nowhere")));
}

TEST(BadInput, AddressesAreCheckedBeforeAnythingStarts) {
  struct Case {
    std::vector<std::string> command;
    std::string option;
    std::string example;
  };
  const std::string listen = "127.0.0.1:7443";
  const std::string server = "localhost:7443";
  const std::vector<Case> cases = {
      {{"signet-gateway"}, "--listen", listen},
      {{"signet-gateway"}, "--enrollment-listen", listen},
      {{"signet-gateway"}, "--admin-listen", listen},
      {{"signet-gateway"}, "--crypto-address", server},
      {{"signet-crypto", "run"}, "--listen", listen},
      {{"signet-crypto", "run"}, "--admin-listen", listen},
      {{"signet-crypto", "run"}, "--platform-address", server},
      {{"signet-platform", "run"}, "--listen", listen},
      {{"signet-platform", "run"}, "--admin-listen", listen},
      {{"signet", "balance"}, "--gateway", server},
      {{"signet", "balance"}, "--enrollment-gateway", server},
      {{"signetctl", "status"}, "--platform", server},
  };
  for (const Case& a_case : cases) {
    for (const char* address : {"127.0.0.1:99999", "127.0.0.1", "foo", ":0"}) {
      std::vector<std::string> command = a_case.command;
      command.front() = BinDir() + "/" + command.front();
      command.insert(command.end(), {a_case.option, address});
      ExpectError(RunProgram(command), 2, a_case.option + ": \"" + address + "\"", a_case.example);
    }
  }
}

TEST(BadInput, HardwareModule) {
  Stack stack;
  const std::string token = stack.dir() + "/devices/alice/token";
  const std::string folder = stack.dir() + "/other-agent";
  const auto agent = [&](const std::string& module, const std::string& label) {
    return RunProgram({BinDir() + "/signet-agent", "run", "--state-dir", folder + "/state",
                       "--socket-dir", folder + "/socket", "--pkcs11-module", module,
                       "--token-label", label, "--pin-file", token + "/pin"},
                      {{"SOFTHSM2_CONF", token + "/softhsm2.conf"}});
  };
  ASSERT_EQ(RunProgram({"mkdir", "-p", folder}).exit_code, 0);
  const auto missing = agent("/usr/lib/no-such-module.so", "signet-alice");
  EXPECT_EQ(missing.exit_code, 8);
  EXPECT_THAT(missing.err, HasSubstr("/usr/lib/no-such-module.so"));
  const auto unknown = agent("/usr/lib/softhsm/libsofthsm2.so", "no-such-token");
  EXPECT_EQ(unknown.exit_code, 8);
  EXPECT_THAT(unknown.err, AllOf(HasSubstr("no-such-token"), HasSubstr("signet-agent init")));

  // The server's token, with alice's PIN.
  const auto crypto = RunProgram(
      {BinDir() + "/signet-crypto",
       "run",
       "--start-wait-seconds",
       "0",
       "--listen",
       "127.0.0.1:0",
       "--admin-listen",
       "127.0.0.1:0",
       "--platform-address",
       stack.Address("PLATFORM"),
       "--pkcs11-module",
       "libsoftokn3.so",
       "--pkcs11-parameters",
       "configdir='sql:" + stack.dir() + "/hsm/tokens' dbTokenDescription='signet-server'",
       "--token-label",
       "signet-server",
       "--pin-file",
       token + "/pin",
       "--bdk-id",
       "51900001",
       "--device-ca",
       stack.dir() + "/hsm/device-ca.pem",
       "--tls-certificate",
       stack.dir() + "/crypto/tls.pem",
       "--tls-key",
       stack.dir() + "/crypto/tls.key",
       "--tls-roots",
       stack.dir() + "/crypto/ca.pem"});
  EXPECT_EQ(crypto.exit_code, 4) << crypto.err;
  EXPECT_THAT(crypto.err, HasSubstr("PIN"));
}

// Neither needs a stack: the first is offline, the second is said before anything is sent.
TEST(BadInput, ReceiptFilesAndTraces) {
  const TempDir folder;
  const auto signet = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), BinDir() + "/signet");
    arguments.insert(arguments.end(), {"--state-dir", folder.path()});
    return RunProgram(arguments);
  };
  ASSERT_EQ(RunProgram({"openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-out", folder.path() + "/key.pem"})
                .exit_code,
            0);
  const std::string key = folder.path() + "/receipt-key.pem";
  ASSERT_EQ(
      RunProgram({"openssl", "pkey", "-in", folder.path() + "/key.pem", "-pubout", "-out", key})
          .exit_code,
      0);
  const auto verify = [&](const std::string& name) {
    return signet({"receipt", "verify", folder.path() + name});
  };
  ExpectError(verify("/none.json"), 7, "none.json", "No such file");
  ExpectError(verify(""), 2, folder.path(), "is a folder; name a file");
  WriteFile(folder.path() + "/large.json", std::string(65 * 1024, ' '));
  ExpectError(verify("/large.json"), 2, "large.json", "right file");
  WriteFile(folder.path() + "/note.json", "no receipt");
  ExpectError(verify("/note.json"), 2, "note.json", "`signet pay`");
  WriteFile(folder.path() + "/empty.json", "");
  ExpectError(verify("/empty.json"), 2, "empty.json", "it is empty");
  WriteFile(folder.path() + "/other.json", R"({"paymentId":"00000001-0000002a"})");
  ExpectError(verify("/other.json"), 2, "other.json", "nothing in it is a receipt");
  WriteFile(folder.path() + "/forged.json", R"({"receipt":"CgA=","signature":"AAAA"})");
  ExpectError(verify("/forged.json"), 4, "forged.json", "not a genuine receipt");

  for (const std::string wrong : {"xyz", "00-0123-4567-01"}) {
    ExpectError(signet({"--traceparent", wrong, "balance"}), 2, "\"" + wrong + "\"",
                "W3C Trace Context");
  }
  const auto right = signet(
      {"--traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "balance"});
  EXPECT_THAT(right.err, Not(HasSubstr("Trace Context")));
}

// Each command of each program that serves: right as the stack runs it, and wrong by one file.
TEST(BadInput, ConfigurationsAreOnlyChecked) {
  Stack stack;
  const std::string dir = stack.dir();
  const std::string token = dir + "/devices/alice/token";
  struct Case {
    std::vector<std::string> command;
    std::string option;  // whose value is made wrong
    std::string named;   // in the error, besides the wrong value
  };
  const auto with_tls = [&](std::vector<std::string> command) {
    const std::string own = dir + "/" + command.front().substr(std::string("signet-").size());
    command.insert(command.end(), {"--tls-certificate", own + "/tls.pem", "--tls-key",
                                   own + "/tls.key", "--tls-roots", own + "/ca.pem"});
    return command;
  };
  const std::vector<std::string> database = {"--database", "host=" + dir + " dbname=signet"};
  const std::vector<std::string> server_token = {
      "--pkcs11-module", "libsoftokn3.so", "--token-label", "x",
      "--bdk-id",        "51900001",       "--pin-file",    dir + "/hsm/pin"};
  const auto crypto = [&](std::vector<std::string> command) {
    command.insert(command.end(), server_token.begin(), server_token.end());
    return command;
  };
  const std::vector<std::string> agent_token = {
      "--pkcs11-module", "/usr/lib/softhsm/libsofthsm2.so", "--token-label", "x", "--state-dir",
      dir + "/none"};
  const auto agent = [&](std::vector<std::string> command) {
    command.insert(command.end(), agent_token.begin(), agent_token.end());
    return command;
  };
  const std::string device_ca = dir + "/hsm/device-ca.pem";
  const auto run_agent = [&](const std::string& way, const std::string& value) {
    return agent({"signet-agent", "run", "--socket-dir", dir + "/none", way, value, "--device-ca",
                  device_ca});
  };
  const std::vector<Case> cases = {
      {with_tls({"signet-gateway", "--device-ca", device_ca}), "--tls-key", ""},
      {with_tls({"signet-gateway", "--device-ca", device_ca}), "--device-ca", ""},
      {crypto(with_tls({"signet-crypto", "run", "--device-ca", device_ca})), "--pkcs11-module", ""},
      {crypto(with_tls({"signet-crypto", "run", "--device-ca", device_ca})), "--device-ca", ""},
      {crypto({"signet-crypto", "init", "--device-ca", dir + "/none", "--so-pin-file",
               dir + "/hsm/so-pin"}),
       "--so-pin-file", "--so-pin-file"},
      {with_tls({"signet-platform", "run", database[0], database[1]}), "--tls-roots", ""},
      {{"signet-platform", "migrate", database[0], database[1]}, "--database", "--database"},
      {run_agent("--pin-file", token + "/pin"), "--pin-file", ""},
      {run_agent("--pin-file", token + "/pin"), "--pkcs11-module", "--pkcs11-module"},
      {run_agent("--pinentry", "cat"), "--pinentry", "--pinentry"},
      {run_agent("--pinentry", "cat"), "--device-ca", ""},
      {agent({"signet-agent", "init", "--pin-file", token + "/pin", "--so-pin-file",
              token + "/so-pin"}),
       "--pin-file", ""},
      {agent({"signet-agent", "unblock", "--so-pin-file", token + "/so-pin"}), "--so-pin-file", ""},
  };
  for (const Case& a_case : cases) {
    std::vector<std::string> command = a_case.command;
    command.front() = BinDir() + "/" + command.front();
    command.push_back("--check-config");
    const auto valid = RunProgram(command);
    EXPECT_EQ(valid.exit_code, 0) << ::testing::PrintToString(command) << valid.err;
    EXPECT_THAT(valid.out, HasSubstr("valid"));
    const auto option = std::find(command.begin(), command.end(), a_case.option);
    ASSERT_NE(option, command.end());
    *(option + 1) = "/no-such-thing";
    ExpectError(RunProgram(command), 2, "no-such-thing", a_case.named);
  }
  EXPECT_FALSE(std::filesystem::exists(dir + "/none")) << "something was made";
  // The tools look at each command's options when it runs, and have no such option.
  EXPECT_EQ(RunProgram({BinDir() + "/signet", "balance", "--check-config"}).exit_code, 2);
}

}  // namespace
}  // namespace signet::testing
