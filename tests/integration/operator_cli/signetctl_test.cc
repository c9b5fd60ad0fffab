// signetctl as an operator runs it: the program itself, mutual TLS, the Operator service on a real
// database.
#include <sys/stat.h>

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "libs/base/activation_code.h"
#include "libs/base/hex.h"
#include "libs/openssl/ed25519.h"
#include "libs/rpc/server.h"
#include "libs/rpc/tls.h"
#include "nlohmann/json.hpp"
#include "services/payment_platform/operator_service.h"
#include "tests/integration/payment_platform/platform_fixture.h"
#include "tests/support/process.h"

namespace signet::testing {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SignetctlTest : public PlatformTest {
 protected:
  void SetUp() override {
    PlatformTest::SetUp();
    ASSERT_EQ(Pki({"init", Path("pki")}).exit_code, 0);
    for (const std::string identity : {"platform", "gateway", "operator/dana"}) {
      const ProcessResult issued =
          Pki({"issue", identity, "--ca", Path("pki"), "--out", Path(identity)});
      ASSERT_EQ(issued.exit_code, 0) << issued.err;
    }
    StartServer();
  }
  void TearDown() override {
    server_.server->Shutdown(std::chrono::system_clock::now());
    server_.server->Wait();
    handler_->Stop();
  }

  void StartServer() {
    handler_ = std::make_unique<payment_platform::OperatorService>(
        *database_, *batcher_, clock_, ledger_metrics_,
        payment_platform::OperatorServiceOptions{.version = "1.2.3"});
    rpc::MethodPolicy policy;
    policy.Allow("/signet.platform.v1.Operator/*", {rpc::Role::kOperator});
    auto credentials = rpc::MutualTlsServer(Tls("platform"), policy, [](const std::string&) {});
    ASSERT_TRUE(credentials.ok()) << credentials.status().message();
    rpc::ListenerOptions listener;
    listener.address = "127.0.0.1:0";
    listener.credentials = *credentials;
    auto server = rpc::StartServer(listener, {handler_.get()});
    ASSERT_TRUE(server.ok()) << server.status().message();
    server_ = *std::move(server);
  }

  std::string Path(const std::string& name) const { return dir_.path() + "/" + name; }
  rpc::TlsFiles Tls(const std::string& identity) const {
    return {Path(identity) + "/tls.pem", Path(identity) + "/tls.key", Path(identity) + "/ca.pem"};
  }
  static ProcessResult Pki(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {BinDir() + "/signetctl", "pki"});
    return signet::testing::RunProgram(arguments);
  }
  ProcessResult Ctl(std::vector<std::string> arguments,
                    const std::string& identity = "operator/dana") const {
    arguments.insert(arguments.begin(), BinDir() + "/signetctl");
    const rpc::TlsFiles tls = Tls(identity);
    return signet::testing::RunProgram(arguments, {{"SIGNET_PLATFORM", server_.address},
                                                   {"SIGNET_TLS_CERTIFICATE", tls.certificate},
                                                   {"SIGNET_TLS_KEY", tls.private_key},
                                                   {"SIGNET_TLS_ROOTS", tls.trust_roots}});
  }
  json JsonOf(std::vector<std::string> arguments, int exit_code = 0) const {
    arguments.insert(arguments.begin(), "--json");
    const ProcessResult result = Ctl(std::move(arguments));
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    return json::parse(result.out, nullptr, false);
  }
  void CreateAlice() {
    ASSERT_EQ(Ctl({"account", "create", "alice", "EUR", "--name", "Alice Martin", "--kind",
                   "customer", "--deposit", "100.00", "--limit", "1000"})
                  .exit_code,
              0);
  }

  TempDir dir_;
  std::unique_ptr<payment_platform::OperatorService> handler_;
  rpc::RunningServer server_;
};

TEST_F(SignetctlTest, CreatesAndShowsAnAccount) {
  const ProcessResult created = Ctl({"account", "create", "alice", "EUR", "--name", "Alice Martin",
                                     "--kind", "customer", "--deposit", "100.00", "--limit", "50"});
  EXPECT_EQ(created.exit_code, 0) << created.err;
  EXPECT_THAT(created.out, HasSubstr("100.00 EUR"));
  EXPECT_THAT(created.out, HasSubstr("50.00 EUR"));
  EXPECT_THAT(created.err, IsEmpty());
  const json shown = JsonOf({"account", "show", "alice"});
  EXPECT_EQ(shown["handle"], "alice");
  EXPECT_EQ(shown["posted"]["amountMinor"], "10000");
  EXPECT_EQ(shown["reserved"]["amountMinor"], "0") << "zeroes are printed";
  EXPECT_EQ(Sql("SELECT operator FROM audit"), "dana");
}

TEST_F(SignetctlTest, SaysWhatIsWrongWithItsExitCode) {
  ASSERT_EQ(Pki({"init", Path("other")}).exit_code, 0);
  CreateAlice();
  const ProcessResult twice = Ctl({"account", "create", "alice", "EUR", "--name", "Alice", "--kind",
                                   "customer", "--limit", "5"});
  EXPECT_EQ(twice.exit_code, 7);
  EXPECT_THAT(twice.out, IsEmpty());
  EXPECT_THAT(twice.err, HasSubstr("alice"));
  EXPECT_EQ(Ctl({"account", "show", "nobody"}).exit_code, 7);
  const std::vector<std::string> bob = {"account", "create", "bob",    "EUR",
                                        "--name",  "Bob",    "--kind", "customer"};
  const auto create_bob = [&](std::vector<std::string> more) {
    more.insert(more.begin(), bob.begin(), bob.end());
    return Ctl(more);
  };
  EXPECT_EQ(create_bob({"--limit", "5", "--deposit", "1.234"}).exit_code, 2);
  const ProcessResult without_limit = create_bob({});
  EXPECT_EQ(without_limit.exit_code, 2);
  EXPECT_THAT(without_limit.err, HasSubstr("--limit"));
  EXPECT_EQ(Ctl({"account", "create", "bob"}).exit_code, 2);
  const ProcessResult nobody = Ctl({"status", "--platform", "127.0.0.1:1", "--timeout", "1"});
  EXPECT_EQ(nobody.exit_code, 5);
  EXPECT_THAT(nobody.err, AllOf(HasSubstr("Connection refused"), HasSubstr("--platform")));
  const ProcessResult stranger = Ctl({"status", "--tls-roots", Path("other/ca.pem")});
  EXPECT_EQ(stranger.exit_code, 5);
  EXPECT_THAT(stranger.err,
              AllOf(HasSubstr("certificate verify failed"), HasSubstr("--tls-roots")));
  const json error = JsonOf({"account", "show", "nobody"}, 7);
  EXPECT_EQ(error["error"]["code"], "NOT_FOUND");
  EXPECT_EQ(error["error"]["exitCode"], 7);
}

TEST_F(SignetctlTest, OnlyOperatorsAreServed) {
  const ProcessResult refused = Ctl({"status"}, "gateway");
  EXPECT_EQ(refused.exit_code, 4) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("pki issue operator/NAME"));
}

TEST_F(SignetctlTest, AddsADeviceWhoseCodeThePlatformNeverSees) {
  CreateAlice();
  const json added = JsonOf({"device", "add", "alice", "--name", "phone", "--ttl", "30m"});
  const auto seed = ParseActivationCode(added["activationCode"].get<std::string>());
  ASSERT_TRUE(seed.ok()) << added.dump();
  EXPECT_EQ(Sql("SELECT encode(activation_public_key, 'hex') FROM enrollment"),
            ToHex(*openssl::ActivationPublicKey(*seed)));
  EXPECT_EQ(added["device"]["state"], "DEVICE_STATE_PENDING");
  EXPECT_EQ(Sql("SELECT expires_at_unix_ms FROM enrollment"),
            std::to_string(clock_.NowUnixMs() + 1'800'000));
}

TEST_F(SignetctlTest, WritesTheCodeToAFileOfItsOwnerAlone) {
  CreateAlice();
  const std::string file = Path("code");
  const ProcessResult added =
      Ctl({"device", "add", "alice", "--name", "phone", "--code-file", file});
  EXPECT_EQ(added.exit_code, 0) << added.err;
  struct stat info {};
  ASSERT_EQ(stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  std::string code = ReadFile(file);
  ASSERT_TRUE(ParseActivationCode(code.substr(0, code.find('\n'))).ok());
  EXPECT_EQ(added.out.find(code.substr(0, code.find('\n'))), std::string::npos);
  EXPECT_EQ(Ctl({"device", "add", "alice", "--name", "two", "--code-file", file}).exit_code, 7);
  const std::string other = Path("other");
  EXPECT_EQ(Ctl({"device", "add", "nobody", "--name", "x", "--code-file", other}).exit_code, 7);
  EXPECT_NE(stat(other.c_str(), &info), 0) << "no code, no file";
}

TEST_F(SignetctlTest, BlocksAndUnblocksAnAccount) {
  CreateAlice();
  EXPECT_THAT(Ctl({"account", "block", "alice"}).out, HasSubstr("blocked"));
  EXPECT_THAT(Ctl({"account", "show", "alice"}).out, HasSubstr("blocked"));
  EXPECT_THAT(Ctl({"account", "unblock", "alice"}).out, HasSubstr("active"));
  const ProcessResult unknown = Ctl({"account", "block", "nobody"});
  EXPECT_EQ(unknown.exit_code, 7);
  EXPECT_THAT(unknown.err, HasSubstr("signetctl account create"));
  EXPECT_EQ(Ctl({"account", "block", "N"}).exit_code, 2);
}

TEST_F(SignetctlTest, ListsAndMovesDevices) {
  CreateAlice();
  EXPECT_THAT(Ctl({"device", "list"}).err, HasSubstr("No devices yet"));
  const std::string device = "00000001";
  AddActiveDevice("alice");
  AddPendingDevice("alice", 'p');
  EXPECT_EQ(Ctl({"device", "suspend", device}).exit_code, 0);
  EXPECT_THAT(Ctl({"device", "list", "alice"}).out, HasSubstr("suspended"));
  EXPECT_EQ(Ctl({"device", "resume", device}).exit_code, 0);
  const ProcessResult unasked = Ctl({"device", "revoke", device});
  EXPECT_EQ(unasked.exit_code, 2);
  EXPECT_THAT(unasked.err, HasSubstr("--yes"));
  EXPECT_EQ(Ctl({"device", "revoke", device, "--yes"}).exit_code, 0);
  EXPECT_EQ(Ctl({"device", "resume", device}).exit_code, 7);
  EXPECT_EQ(Ctl({"device", "resume", "x"}).exit_code, 2);
  const ProcessResult list = Ctl({"device", "list", "--json"});
  const json first = json::parse(list.out.substr(0, list.out.find('\n')));
  EXPECT_EQ(first["deviceId"], device);
  EXPECT_EQ(first["state"], "DEVICE_STATE_REVOKED");
}

TEST_F(SignetctlTest, VerifiesTheLedger) {
  CreateAlice();
  const ProcessResult honest = Ctl({"ledger", "verify"});
  EXPECT_EQ(honest.exit_code, 0) << honest.out << honest.err;
  EXPECT_THAT(honest.out, HasSubstr("consistent"));
  Tamper("UPDATE account SET posted_minor = 1000000 WHERE handle = 'alice'");
  const ProcessResult tampered = Ctl({"ledger", "verify", "--quiet"});
  EXPECT_EQ(tampered.exit_code, 1);
  EXPECT_THAT(tampered.out, HasSubstr("finding: account \"alice\": its posted amount is 1000000"));
  EXPECT_THAT(tampered.err, HasSubstr("not consistent"));
}

TEST_F(SignetctlTest, ShowsTheStatus) {
  CreateAlice();
  const json status = JsonOf({"status"});
  EXPECT_EQ(status["version"], "1.2.3");
  EXPECT_EQ(status["accounts"], "2");
  EXPECT_THAT(Ctl({"status"}).out, HasSubstr("payments open"));
}

TEST_F(SignetctlTest, NeverOverwritesACaOrAnotherIdentity) {
  const ProcessResult again = Pki({"init", Path("pki")});
  EXPECT_EQ(again.exit_code, 7) << again.err;
  const ProcessResult other =
      Pki({"issue", "crypto", "--ca", Path("pki"), "--out", Path("gateway")});
  EXPECT_EQ(other.exit_code, 7) << other.err;
  EXPECT_EQ(Pki({"issue", "gateway", "--ca", Path("pki"), "--out", Path("gateway")}).exit_code, 0);
  EXPECT_EQ(Pki({"issue", "stranger", "--ca", Path("pki"), "--out", Path("x")}).exit_code, 2);
}

}  // namespace
}  // namespace signet::testing
