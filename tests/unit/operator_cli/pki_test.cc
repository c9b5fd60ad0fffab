#include "operator_cli/pki.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "libs/openssl/certificate.h"
#include "libs/openssl/p256.h"

namespace signet::operator_cli {
namespace {

constexpr int64_t kNow_s = 1'800'000'000;
constexpr int64_t kDay_s = 86'400;

class FixedClock final : public Clock {
 public:
  int64_t NowUnixMs() const override { return kNow_s * 1000 + 999; }
};

class PkiTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/signet-pki-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    ca_ = root_ + "/ca";
    out_ = root_ + "/out/gateway";
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  static std::string Read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void Write(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  }
  static unsigned Mode(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777u;
  }
  static std::string Der(const std::string& path) {
    auto der = openssl::FromPem("CERTIFICATE", Read(path));
    EXPECT_TRUE(der.ok()) << path << der.status();
    return der.value_or("");
  }
  size_t FilesIn(const std::string& dir) {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(dir), {}));
  }
  absl::Status Issue(const std::string& identity, int days = 90,
                     const std::vector<std::string>& dns = {},
                     const std::vector<std::string>& ips = {}) {
    return IssueServiceCertificate(ca_, identity, out_, dns, ips, days, clock_);
  }

  FixedClock clock_;
  std::string root_;
  std::string ca_;
  std::string out_;
};

TEST_F(PkiTest, InitMakesACaForTenYears) {
  ASSERT_TRUE(InitPki(ca_, clock_).ok());
  EXPECT_EQ(Mode(ca_), 0700u);
  EXPECT_EQ(Mode(ca_ + "/ca.key"), 0600u);
  EXPECT_EQ(Mode(ca_ + "/ca.pem"), 0644u);
  EXPECT_EQ(FilesIn(ca_), 2u);
  const std::string certificate = Der(ca_ + "/ca.pem");
  const auto key = openssl::P256PrivateKey::FromPem(Read(ca_ + "/ca.key"));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(openssl::ParseCertificate(certificate)->public_key_spki_der, (*key)->PublicKeyDer());
  EXPECT_TRUE(openssl::VerifyCertificate(certificate, certificate, kNow_s).ok());
  EXPECT_TRUE(openssl::VerifyCertificate(certificate, certificate, kNow_s + 3650 * kDay_s).ok());
  EXPECT_FALSE(openssl::VerifyCertificate(certificate, certificate, kNow_s + 3654 * kDay_s).ok());
}

TEST_F(PkiTest, InitNeverOverwrites) {
  ASSERT_TRUE(InitPki(ca_, clock_).ok());
  const std::string key = Read(ca_ + "/ca.key");
  const absl::Status again = InitPki(ca_, clock_);
  EXPECT_EQ(again.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_NE(again.message().find("name another folder"), absl::string_view::npos);
  EXPECT_EQ(Read(ca_ + "/ca.key"), key);
  std::filesystem::remove(ca_ + "/ca.pem");
  EXPECT_EQ(InitPki(ca_, clock_).code(), absl::StatusCode::kAlreadyExists);
  std::filesystem::remove(ca_ + "/ca.key");
  Write(ca_ + "/ca.pem", "someone's");
  EXPECT_EQ(InitPki(ca_, clock_).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Read(ca_ + "/ca.pem"), "someone's");
}

TEST_F(PkiTest, IssueForAServer) {
  ASSERT_TRUE(InitPki(ca_, clock_).ok());
  const absl::Status status = Issue("gateway", 90, {"gateway.example.com"}, {"10.0.0.7"});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Mode(out_ + "/tls.key"), 0600u);
  EXPECT_EQ(Mode(out_ + "/tls.pem"), 0644u);
  EXPECT_EQ(FilesIn(out_), 3u);
  EXPECT_EQ(Read(out_ + "/ca.pem"), Read(ca_ + "/ca.pem"));
  const std::string certificate = Der(out_ + "/tls.pem");
  EXPECT_EQ(Read(out_ + "/tls.pem"), openssl::ToPem("CERTIFICATE", certificate));  // nothing else
  const auto info = openssl::ParseCertificate(certificate);
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->spiffe_id, "spiffe://signet/gateway");
  EXPECT_EQ(info->common_name, "signet-gateway");
  EXPECT_EQ(info->not_after_unix_s, kNow_s + 90 * kDay_s);
  EXPECT_TRUE(openssl::VerifyCertificate(certificate, Der(ca_ + "/ca.pem"), kNow_s).ok());
  const auto key = openssl::P256PrivateKey::FromPem(Read(out_ + "/tls.key"));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ((*key)->PublicKeyDer(), info->public_key_spki_der);
  for (const char* name : {"\x82\x0esignet-gateway", "\x82\x09localhost",
                           "\x82\x13gateway.example.com", "\x87\x04\x7f", "\x87\x04\x0a"}) {
    EXPECT_NE(certificate.find(name), std::string::npos) << name;
  }
}

TEST_F(PkiTest, IssueForAnOperator) {
  ASSERT_TRUE(InitPki(ca_, clock_).ok());
  ASSERT_TRUE(Issue("operator/alice").ok());
  const std::string certificate = Der(out_ + "/tls.pem");
  EXPECT_EQ(openssl::ParseCertificate(certificate)->spiffe_id, "spiffe://signet/operator/alice");
  EXPECT_EQ(certificate.find("localhost"), std::string::npos);
  EXPECT_EQ(Issue("operator/alice", 90, {"a"}).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Issue("operator/alice", 90, {}, {"10.0.0.7"}).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(PkiTest, IssuingAgainReplacesTheOldOne) {
  ASSERT_TRUE(InitPki(ca_, clock_).ok());
  ASSERT_TRUE(Issue("crypto").ok());
  const std::string key = Read(out_ + "/tls.key");
  ASSERT_TRUE(Issue("crypto").ok());
  EXPECT_NE(Read(out_ + "/tls.key"), key);
  EXPECT_EQ(FilesIn(out_), 3u);
  const auto now = openssl::P256PrivateKey::FromPem(Read(out_ + "/tls.key"));
  EXPECT_EQ(openssl::ParseCertificate(Der(out_ + "/tls.pem"))->public_key_spki_der,
            (*now)->PublicKeyDer());
}

TEST_F(PkiTest, NeverReplacesAnotherIdentity) {
  ASSERT_TRUE(InitPki(ca_, clock_).ok());
  ASSERT_TRUE(Issue("gateway").ok());
  const std::string certificate = Read(out_ + "/tls.pem");
  const std::string key = Read(out_ + "/tls.key");
  for (const char* identity : {"crypto", "operator/gateway"}) {
    const absl::Status refused = Issue(identity);
    EXPECT_EQ(refused.code(), absl::StatusCode::kAlreadyExists);
    for (const std::string& part : {out_ + "/tls.pem", std::string("spiffe://signet/gateway"),
                                    std::string("another folder with --out")}) {
      EXPECT_NE(refused.message().find(part), absl::string_view::npos) << refused;
    }
  }
  EXPECT_EQ(Read(out_ + "/tls.pem"), certificate);
  EXPECT_EQ(Read(out_ + "/tls.key"), key);
  Write(out_ + "/tls.pem", Read(ca_ + "/ca.pem"));
  EXPECT_EQ(Issue("gateway").code(), absl::StatusCode::kAlreadyExists) << "no identity at all";
  Write(out_ + "/tls.pem", "garbage");
  EXPECT_TRUE(Issue("gateway").ok());
}

TEST_F(PkiTest, Refused) {
  EXPECT_EQ(Issue("gateway").code(), absl::StatusCode::kNotFound);
  EXPECT_NE(Issue("gateway").message().find("pki init"), absl::string_view::npos);
  ASSERT_TRUE(InitPki(ca_, clock_).ok());
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  for (const char* identity : {"", "Gateway", "device/00000001", "operator", "operator/",
                               "operator/A", "operator/../x", "operator/a b", "gateway/x"}) {
    EXPECT_EQ(Issue(identity).code(), kInvalid) << identity;
  }
  for (const int days : {-1, 0, 3653, 1 << 30}) EXPECT_EQ(Issue("gateway", days).code(), kInvalid);
  EXPECT_EQ(Issue("gateway", 1, {"*.example.com"}).code(), kInvalid);
  EXPECT_EQ(Issue("gateway", 1, {}, {"nowhere"}).code(), kInvalid);
  EXPECT_FALSE(std::filesystem::exists(out_));
}

TEST_F(PkiTest, DamagedCa) {
  ASSERT_TRUE(InitPki(ca_, clock_).ok());
  const std::string key = Read(ca_ + "/ca.key");
  ASSERT_EQ(chmod((ca_ + "/ca.key").c_str(), 0640), 0);
  EXPECT_EQ(Issue("gateway").code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_EQ(chmod((ca_ + "/ca.key").c_str(), 0600), 0);
  Write(ca_ + "/ca.key", std::string((*openssl::P256PrivateKey::Generate())->ToPem().reveal()));
  EXPECT_EQ(Issue("gateway").code(), absl::StatusCode::kFailedPrecondition);
  Write(ca_ + "/ca.key", "garbage");
  EXPECT_EQ(Issue("gateway").code(), absl::StatusCode::kInvalidArgument);
  Write(ca_ + "/ca.key", key);
  EXPECT_TRUE(Issue("gateway").ok());
  Write(ca_ + "/ca.pem", std::string(100000, 'x'));
  EXPECT_EQ(Issue("gateway").code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(PkiTest, FolderThatCannotBeMade) {
  Write(root_ + "/file", "x");
  EXPECT_FALSE(InitPki(root_ + "/file", clock_).ok());
  EXPECT_FALSE(InitPki(root_ + "/file/ca", clock_).ok());
}

}  // namespace
}  // namespace signet::operator_cli
