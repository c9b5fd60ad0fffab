// The program itself: its two commands, its errors at start, its orderly end.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/integration/rpc/test_pki.h"
#include "tests/support/process.h"
#include "tests/support/soft_token.h"

namespace signet::crypto {
namespace {

using Arguments = std::vector<std::string>;

class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest() {
    testing::WriteFile(Path("softhsm2.conf"), "directories.tokendir = " + folder_.path() +
                                                  "\nobjectstore.backend = file\n"
                                                  "log.level = ERROR\nslots.removable = false\n");
    testing::WriteFile(Path("pin"), "135790\n");
    testing::WriteFile(Path("wrong-pin"), "000000\n");
    testing::WriteFile(Path("so-pin"), "security-officer\n");
  }

  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }

  static std::map<std::string, std::string> With(std::map<std::string, std::string> options,
                                                 const std::string& name,
                                                 const std::string& value) {
    options[name] = value;
    return options;
  }

  testing::ProcessResult Crypto(const std::string& command,
                                const std::map<std::string, std::string>& options) const {
    Arguments arguments = {testing::BinDir() + "/signet-crypto", command};
    for (const auto& [name, value] : options) {
      arguments.push_back("--" + name);
      arguments.push_back(value);
    }
    return testing::RunProgram(arguments, {{"SOFTHSM2_CONF", Path("softhsm2.conf")}});
  }

  std::map<std::string, std::string> InitOptions() const {
    return {{"pkcs11-module", testing::kSoftHsmPath},
            {"token-label", "signet-server"},
            {"pin-file", Path("pin")},
            {"so-pin-file", Path("so-pin")},
            {"bdk-id", "5195e700"},
            {"device-ca", Path("device-ca.pem")},
            {"receipt-key", Path("receipt-key.pem")}};
  }

  std::map<std::string, std::string> RunOptions() {
    testing::TestCa ca(folder_.path(), "services");
    const rpc::TlsFiles files =
        ca.Issue("crypto", {.spiffe_id = "spiffe://signet/crypto", .dns_names = {"signet-crypto"}});
    return {{"pkcs11-module", testing::kSoftHsmPath},
            {"token-label", "signet-server"},
            {"pin-file", Path("pin")},
            {"bdk-id", "5195e700"},
            {"device-ca", Path("device-ca.pem")},
            {"tls-certificate", files.certificate},
            {"tls-key", files.private_key},
            {"tls-roots", files.trust_roots},
            {"listen", "127.0.0.1:0"},
            {"admin-listen", "127.0.0.1:0"},
            {"start-wait-seconds", "0"},
            {"platform-address", "127.0.0.1:1"}};  // nobody answers there
  }

  // One line that names the program, and that says what to do.
  static void ExpectStartError(const testing::ProcessResult& result, int exit_code,
                               const std::string& remedy) {
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_EQ(result.err.rfind("signet-crypto: ", 0), 0u) << result.err;
    EXPECT_EQ(result.err.find('\n'), result.err.size() - 1) << result.err;
    EXPECT_NE(result.err.find(remedy), std::string::npos) << result.err;
  }

  testing::TempDir folder_;
};

TEST_F(ProgramTest, InitSetsUpOnceAndSaysSo) {
  const auto first = Crypto("init", InitOptions());
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_NE(first.out.find("base derivation key 5195e700"), std::string::npos) << first.out;
  const auto second = Crypto("init", InitOptions());
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_NE(second.out.find("already"), std::string::npos) << second.out;
}

TEST_F(ProgramTest, RunServesUntilItIsToldToEnd) {
  ASSERT_EQ(Crypto("init", InitOptions()).exit_code, 0);
  // The platform is not there: that is no error at start.
  std::string command = "mkfifo " + Path("ready") + "; exec 3<>" + Path("ready") + "; " +
                        testing::BinDir() + "/signet-crypto run --ready-file " + Path("ready");
  for (const auto& [name, value] : RunOptions()) command += " --" + name + " " + value;
  command +=
      " & pid=$!; read -r listen <&3; read -r admin <&3; echo \"$listen $admin\"; "
      "kill -TERM $pid; wait $pid";
  const auto result =
      testing::RunProgram({"/bin/sh", "-c", command}, {{"SOFTHSM2_CONF", Path("softhsm2.conf")}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out.rfind("listen=127.0.0.1:", 0), 0u) << result.out;
  EXPECT_NE(result.out.find(" admin=127.0.0.1:"), std::string::npos) << result.out;
}

TEST_F(ProgramTest, EachStartErrorNamesItsRemedy) {
  const auto run = RunOptions();
  ExpectStartError(Crypto("run", run), 8, "signet-crypto init");  // no token yet
  ASSERT_EQ(Crypto("init", InitOptions()).exit_code, 0);
  ExpectStartError(Crypto("run", With(run, "pkcs11-module", "/nowhere.so")), 8, "--pkcs11-module");
  ExpectStartError(Crypto("run", With(run, "pkcs11-module", Path("pin"))), 8, "--pkcs11-module");
  ExpectStartError(Crypto("run", With(run, "token-label", "another")), 8, "--token-label");
  ExpectStartError(Crypto("run", With(run, "pin-file", Path("wrong-pin"))), 4, "correct the file");
  ExpectStartError(Crypto("run", With(run, "pin-file", Path("no-pin"))), 4, "--pin-file");
  ExpectStartError(Crypto("run", With(run, "bdk-id", "00000001")), 8, "signet-crypto init");
  ExpectStartError(Crypto("run", With(run, "bdk-id", "1")), 2, "8 hex digits");
  ExpectStartError(Crypto("run", With(run, "device-ca", Path("no-ca"))), 8, "--device-ca");
  ExpectStartError(Crypto("run", With(run, "device-ca", run.at("tls-roots"))), 8, "--device-ca");
  ExpectStartError(Crypto("run", With(run, "tls-key", Path("no-key"))), 2, Path("no-key"));
}

TEST_F(ProgramTest, InitWithAWrongPinChangesNothing) {
  ASSERT_EQ(Crypto("init", InitOptions()).exit_code, 0);
  ExpectStartError(Crypto("init", With(InitOptions(), "pin-file", Path("wrong-pin"))), 4,
                   "correct the file");
}

}  // namespace
}  // namespace signet::crypto
