#include "libs/rpc/tls_files.h"

#include <ctime>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/p256.h"
#include "tests/integration/rpc/test_pki.h"
#include "tests/support/process.h"

namespace signet::rpc {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int64_t kNotBefore = 1'700'000'000;  // 2023-11-14
constexpr int64_t kNotAfter = 1'800'000'000;   // 2027-01-15
constexpr int64_t kNowMs = 1'750'000'000'000;

// A certificate without a SPIFFE ID and its key.
void WriteSelfSigned(const std::string& certificate, const std::string& key_path,
                     int64_t not_before_unix_s, int64_t not_after_unix_s) {
  const auto key = openssl::P256PrivateKey::Generate();
  openssl::CertificateSpec spec;
  spec.profile = openssl::CertificateProfile::kCa;
  spec.common_name = "test";
  spec.not_before_unix_s = not_before_unix_s;
  spec.not_after_unix_s = not_after_unix_s;
  spec.public_key_spki_der = (*key)->PublicKeyDer();
  testing::WriteFile(certificate,
                     openssl::ToPem("CERTIFICATE", *openssl::IssueCertificate(spec, "", **key)));
  testing::WriteFile(key_path, std::string((*key)->ToPem().reveal()));
}

class TlsFilesTest : public ::testing::Test {
 protected:
  TlsFilesTest() {
    WriteSelfSigned(certificate_, key_, kNotBefore, kNotAfter);
    certificate_pem_ = testing::ReadFile(certificate_);
    key_pem_ = testing::ReadFile(key_);
  }
  absl::Status Check(int64_t now_unix_ms = kNowMs) const {
    return CheckIdentityFiles(certificate_, key_, now_unix_ms);
  }
  static std::string Message(const absl::Status& status,
                             absl::StatusCode code = absl::StatusCode::kFailedPrecondition) {
    EXPECT_EQ(status.code(), code);
    return std::string(status.message());
  }

  testing::TempDir folder_;
  const std::string certificate_ = folder_.path() + "/own.pem";
  const std::string key_ = folder_.path() + "/own.key";
  std::string certificate_pem_;
  std::string key_pem_;
};

TEST_F(TlsFilesTest, APairThatFitsIsGood) {
  EXPECT_TRUE(Check().ok()) << Check();
  EXPECT_TRUE(CheckTrustRoots(certificate_).ok()) << CheckTrustRoots(certificate_);
  EXPECT_EQ(CertificateNotAfterUnixS(certificate_).value(), kNotAfter);
}

TEST_F(TlsFilesTest, AMissingFileIsNamed) {
  EXPECT_THAT(Message(CheckIdentityFiles(folder_.path() + "/none.pem", key_, kNowMs),
                      absl::StatusCode::kNotFound),
              AllOf(HasSubstr("none.pem"), HasSubstr("No such file"), HasSubstr("check its path")));
  EXPECT_THAT(Message(CheckIdentityFiles(certificate_, folder_.path(), kNowMs)),
              AllOf(HasSubstr(folder_.path()), HasSubstr("Is a directory")));
  EXPECT_THAT(Message(CheckTrustRoots("")), HasSubstr("no trust roots file was given"));
}

TEST_F(TlsFilesTest, WhatIsNotPemIsToldSo) {
  testing::WriteFile(certificate_, "hello");
  EXPECT_THAT(Message(Check()), AllOf(HasSubstr("own.pem"), HasSubstr("not PEM")));
  testing::WriteFile(certificate_, "");
  EXPECT_THAT(Message(Check()), AllOf(HasSubstr("own.pem"), HasSubstr("not PEM")));
  testing::WriteFile(certificate_, std::string(300 * 1024, 'x'));
  EXPECT_THAT(Message(Check()), AllOf(HasSubstr("own.pem"), HasSubstr("not PEM")));
}

TEST_F(TlsFilesTest, PemOfAnotherKindIsToldSo) {
  testing::WriteFile(certificate_, key_pem_);
  EXPECT_THAT(Message(Check()), AllOf(HasSubstr("own.pem"), HasSubstr("not a PEM certificate")));
  testing::WriteFile(certificate_, certificate_pem_);
  testing::WriteFile(key_, certificate_pem_);
  EXPECT_THAT(Message(Check()), AllOf(HasSubstr("own.key"), HasSubstr("PEM private key")));
}

TEST_F(TlsFilesTest, ADamagedRootAmongGoodOnesIsToldSo) {
  testing::WriteFile(certificate_, certificate_pem_ + certificate_pem_);
  EXPECT_TRUE(CheckTrustRoots(certificate_).ok());
  std::string damaged = certificate_pem_;
  damaged[damaged.size() / 2] = '!';
  testing::WriteFile(certificate_, certificate_pem_ + damaged);
  EXPECT_THAT(Message(CheckTrustRoots(certificate_)), HasSubstr("not a PEM certificate"));
  testing::WriteFile(certificate_, key_pem_);
  EXPECT_THAT(Message(CheckTrustRoots(certificate_)), HasSubstr("not a PEM certificate"));
}

TEST_F(TlsFilesTest, AKeyOfAnotherCertificateIsToldSo) {
  testing::WriteFile(key_, std::string((*openssl::P256PrivateKey::Generate())->ToPem().reveal()));
  EXPECT_THAT(Message(Check()),
              AllOf(HasSubstr("own.key"), HasSubstr("own.pem"), HasSubstr("does not belong")));
}

TEST_F(TlsFilesTest, ACertificateIsGoodFromItsFirstToItsLastSecond) {
  EXPECT_TRUE(Check(kNotBefore * 1000).ok());
  EXPECT_TRUE(Check(kNotAfter * 1000).ok());
  EXPECT_THAT(Message(Check((kNotAfter + 1) * 1000)),
              AllOf(HasSubstr("own.pem"), HasSubstr("expired on 2027-01-15T08:00:00Z"),
                    HasSubstr("pki issue")));
  EXPECT_THAT(Message(Check((kNotBefore - 1) * 1000)),
              AllOf(HasSubstr("own.pem"), HasSubstr("not valid before 2023-11-14T22:13:20Z")));
}

TEST(ServiceFilesTest, ACertificateOfAnotherIsToldSo) {
  const testing::TempDir folder;
  testing::TestCa ca(folder.path(), "ca");
  const TlsFiles crypto = ca.Issue("crypto", {"spiffe://signet/crypto", {"signet-crypto"}});
  EXPECT_TRUE(CheckServiceFiles(crypto, Role::kCrypto).ok());
  EXPECT_THAT(std::string(CheckServiceFiles(crypto, Role::kGateway).message()),
              AllOf(HasSubstr(crypto.certificate), HasSubstr("is of spiffe://signet/crypto,"),
                    HasSubstr("needs that of spiffe://signet/gateway;"),
                    HasSubstr("`signetctl pki issue gateway`")));
  const TlsFiles device = ca.Issue("device", {"spiffe://signet/device/00000001"});
  EXPECT_FALSE(CheckServiceFiles(device, Role::kPlatform).ok());
  TlsFiles missing = crypto;
  missing.trust_roots = folder.path() + "/none.pem";
  EXPECT_FALSE(CheckServiceFiles(missing, Role::kCrypto).ok());
  WriteSelfSigned(crypto.certificate, crypto.private_key, std::time(nullptr) - 60,
                  std::time(nullptr) + 60);
  EXPECT_THAT(std::string(CheckServiceFiles(crypto, Role::kCrypto).message()),
              HasSubstr("has no SPIFFE ID"));
}

}  // namespace
}  // namespace signet::rpc
