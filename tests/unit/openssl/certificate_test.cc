#include "libs/openssl/certificate.h"

#include <gtest/gtest.h>

#include <set>

#include "libs/base/hex.h"
#include "libs/openssl/p256.h"
#include "libs/openssl/random.h"
#include "tests/unit/openssl/error_queue.h"

namespace signet::openssl {
namespace {

constexpr int64_t kNow = 1'800'000'000;
constexpr int64_t kDay = 86'400;

class CertificateTest : public testing::Test {
 protected:
  void SetUp() override {
    ca_key_ = NewKey();
    ca_ = MakeCa("Test CA", *ca_key_);
    leaf_key_ = NewKey();
  }

  static std::unique_ptr<P256PrivateKey> NewKey() { return *P256PrivateKey::Generate(); }

  static std::string MakeCa(const std::string& name, P256PrivateKey& key,
                            CertificateProfile profile = CertificateProfile::kCa) {
    CertificateSpec spec;
    spec.profile = profile;
    spec.common_name = name;
    spec.not_before_unix_s = kNow - kDay;
    spec.not_after_unix_s = kNow + 100 * kDay;
    spec.public_key_spki_der = key.PublicKeyDer();
    auto certificate = IssueCertificate(spec, "", key);
    EXPECT_TRUE(certificate.ok()) << certificate.status();
    return certificate.value_or("");
  }

  CertificateSpec Spec(CertificateProfile profile) const {
    CertificateSpec spec;
    spec.profile = profile;
    spec.common_name = "leaf";
    spec.spiffe_id = "spiffe://signet/device/00000001";
    spec.not_before_unix_s = kNow - 60;
    spec.not_after_unix_s = kNow + kDay;
    spec.public_key_spki_der = leaf_key_->PublicKeyDer();
    return spec;
  }

  std::string Issue(const CertificateSpec& spec) {
    auto certificate = IssueCertificate(spec, ca_, *ca_key_);
    EXPECT_TRUE(certificate.ok()) << certificate.status();
    return certificate.value_or("");
  }

  void ExpectNotIssued(const CertificateSpec& spec, const char* what) {
    EXPECT_EQ(IssueCertificate(spec, ca_, *ca_key_).status().code(),
              absl::StatusCode::kInvalidArgument)
        << what;
    ExpectEmptyErrorQueue();
  }

  void ExpectNotTrusted(std::string_view certificate, std::string_view issuer, int64_t now = kNow) {
    EXPECT_EQ(VerifyCertificate(certificate, issuer, now).code(),
              absl::StatusCode::kUnauthenticated);
    ExpectEmptyErrorQueue();
  }

  std::unique_ptr<P256PrivateKey> ca_key_;
  std::unique_ptr<P256PrivateKey> leaf_key_;
  std::string ca_;
};

bool Contains(const std::string& der, const std::string& hex) {
  return ToHex(der).find(hex) != std::string::npos;
}

TEST_F(CertificateTest, IssueParseVerify) {
  for (const CertificateProfile profile :
       {CertificateProfile::kServer, CertificateProfile::kClient, CertificateProfile::kSigning}) {
    CertificateSpec spec = Spec(profile);
    if (profile == CertificateProfile::kServer) {
      spec.dns_names = {"signet-gateway", "localhost", "Gateway.example.com"};
      spec.ip_addresses = {"127.0.0.1", "::1", "2001:db8::7"};
    }
    const std::string certificate = Issue(spec);
    const auto info = ParseCertificate(certificate);
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_EQ(info->common_name, "leaf");
    EXPECT_EQ(info->spiffe_id, "spiffe://signet/device/00000001");
    EXPECT_EQ(info->public_key_spki_der, leaf_key_->PublicKeyDer());
    EXPECT_EQ(info->serial_hex.size(), 32u);
    EXPECT_EQ(info->not_before_unix_s, spec.not_before_unix_s);
    EXPECT_EQ(info->not_after_unix_s, spec.not_after_unix_s);
    const absl::Status status = VerifyCertificate(certificate, ca_, kNow);
    EXPECT_TRUE(status.ok()) << status;
  }
}

// The extensions as RFC 5280 encodes them: object identifier, critical (0101ff), value.
TEST_F(CertificateTest, ExtensionsOfEachProfile) {
  const std::string ca_constraints = "0603551d130101ff040830060101ff020100";
  const std::string leaf_constraints = "0603551d130101ff04023000";
  const std::string ca_usage = "0603551d0f0101ff040403020106";
  const std::string signing_ca_usage = "0603551d0f0101ff040403020186";
  const std::string leaf_usage = "0603551d0f0101ff040403020780";
  const std::string server_auth = "06082b06010505070301";
  const std::string client_auth = "06082b06010505070302";
  const std::string key_id = "0603551d0e0416";
  const std::string authority = "0603551d23041830168014";

  EXPECT_TRUE(Contains(ca_, ca_constraints) && Contains(ca_, ca_usage));
  EXPECT_TRUE(Contains(ca_, key_id) && Contains(ca_, authority));
  EXPECT_FALSE(Contains(ca_, client_auth));
  const std::string signing_ca = MakeCa("CA", *ca_key_, CertificateProfile::kSigningCa);
  EXPECT_TRUE(Contains(signing_ca, ca_constraints) && Contains(signing_ca, signing_ca_usage));
  EXPECT_TRUE(VerifyCertificate(signing_ca, signing_ca, kNow).ok());
  const std::string server = Issue(Spec(CertificateProfile::kServer));
  const std::string client = Issue(Spec(CertificateProfile::kClient));
  const std::string signing = Issue(Spec(CertificateProfile::kSigning));
  for (const std::string& leaf : {server, client, signing}) {
    EXPECT_TRUE(Contains(leaf, leaf_constraints) && Contains(leaf, leaf_usage));
    EXPECT_TRUE(Contains(leaf, key_id) && Contains(leaf, authority));
  }
  EXPECT_TRUE(Contains(server, server_auth) && Contains(server, client_auth));
  EXPECT_TRUE(Contains(client, client_auth) && !Contains(client, server_auth));
  EXPECT_TRUE(!Contains(signing, client_auth) && !Contains(signing, server_auth));
}

TEST_F(CertificateTest, TimesAroundTheEndsOfTheRange) {
  const CertificateSpec spec = Spec(CertificateProfile::kClient);
  const std::string certificate = Issue(spec);
  EXPECT_TRUE(VerifyCertificate(certificate, ca_, spec.not_before_unix_s).ok());
  EXPECT_TRUE(VerifyCertificate(certificate, ca_, spec.not_after_unix_s - 1).ok());
  ExpectNotTrusted(certificate, ca_, spec.not_before_unix_s - 1);
  ExpectNotTrusted(certificate, ca_, spec.not_after_unix_s + 1);
  ExpectNotTrusted(certificate, ca_, 0);
  ExpectNotTrusted(certificate, ca_, -1);
  // An issuer whose time is over vouches for nobody.
  CertificateSpec longer = spec;
  longer.not_after_unix_s = kNow + 1000 * kDay;
  ExpectNotTrusted(Issue(longer), ca_, kNow + 500 * kDay);
}

TEST_F(CertificateTest, TimesBeyond2050AndTheirLimits) {
  CertificateSpec spec = Spec(CertificateProfile::kClient);
  for (const int64_t end : {2524607999, 2524608000, 253402300799}) {
    spec.not_after_unix_s = end;
    EXPECT_EQ(ParseCertificate(Issue(spec))->not_after_unix_s, end);
  }
  spec.not_after_unix_s = 253402300800;
  ExpectNotIssued(spec, "year 10000");
  spec.not_after_unix_s = spec.not_before_unix_s;
  ExpectNotIssued(spec, "no time at all");
  spec.not_before_unix_s = -1;
  ExpectNotIssued(spec, "before 1970");
}

TEST_F(CertificateTest, OtherIssuers) {
  const std::string certificate = Issue(Spec(CertificateProfile::kClient));
  const auto other_key = NewKey();
  ExpectNotTrusted(certificate, MakeCa("Another CA", *other_key));
  ExpectNotTrusted(certificate, MakeCa("Test CA", *other_key));  // the same name, another key
  ExpectNotTrusted(certificate, certificate);
  ExpectNotTrusted(ca_, certificate);
  EXPECT_TRUE(VerifyCertificate(ca_, ca_, kNow).ok());
}

TEST_F(CertificateTest, ALeafIssuesNothing) {
  const std::string leaf = Issue(Spec(CertificateProfile::kServer));
  EXPECT_EQ(IssueCertificate(Spec(CertificateProfile::kClient), leaf, *leaf_key_).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(CertificateTest, KeyThatIsNotTheIssuers) {
  const auto other = NewKey();
  EXPECT_EQ(IssueCertificate(Spec(CertificateProfile::kClient), ca_, *other).status().code(),
            absl::StatusCode::kFailedPrecondition);
  CertificateSpec ca = Spec(CertificateProfile::kCa);
  ca.spiffe_id.clear();
  EXPECT_EQ(IssueCertificate(ca, "", *other).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(IssueCertificate(ca, "", *leaf_key_).ok());
  EXPECT_FALSE(IssueCertificate(ca, ca_, *ca_key_).ok());  // path length 0
  EXPECT_FALSE(IssueCertificate(Spec(CertificateProfile::kClient), "", *leaf_key_).ok());
}

TEST_F(CertificateTest, EveryChangedBitIsFound) {
  const std::string certificate = Issue(Spec(CertificateProfile::kClient));
  for (size_t bit = 0; bit < certificate.size() * 8; ++bit) {
    std::string changed = certificate;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(VerifyCertificate(changed, ca_, kNow).code(), absl::StatusCode::kUnauthenticated)
        << bit;
  }
  ExpectEmptyErrorQueue();
}

TEST_F(CertificateTest, Garbage) {
  const std::string certificate = Issue(Spec(CertificateProfile::kClient));
  for (size_t size = 0; size < certificate.size(); ++size) {
    const std::string_view prefix = std::string_view(certificate).substr(0, size);
    EXPECT_EQ(ParseCertificate(prefix).status().code(), absl::StatusCode::kInvalidArgument);
    ExpectNotTrusted(prefix, ca_);
  }
  ExpectNotTrusted(certificate + std::string(1, '\0'), ca_);
  ExpectNotTrusted(certificate, "");
  ExpectNotTrusted(certificate, RandomBytes(400));
  ExpectNotTrusted(std::string(100000, '\x30'), ca_);
  EXPECT_FALSE(IssueCertificate(Spec(CertificateProfile::kClient), "garbage", *ca_key_).ok());
}

TEST_F(CertificateTest, NamesThatAreRefused) {
  for (const char* id :
       {"", "signet", "spiffe://", "spiffe://signet", "spiffe://signet/", "spiffe:///gateway",
        "https://signet/gateway", "spiffe://signet/a b", "spiffe://signet//a",
        "spiffe://signet/../a", "spiffe://signet/a\n", "spiffe://signet/a,URI:spiffe://signet/b",
        "spiffe://signet/%41", "Spiffe://signet/a"}) {
    CertificateSpec spec = Spec(CertificateProfile::kClient);
    spec.spiffe_id = id;
    ExpectNotIssued(spec, id);
  }
  for (const char* name : {"", "*.example.com", "a b", ".a", "a..b", "-a", "a/b", "a,DNS:b"}) {
    CertificateSpec spec = Spec(CertificateProfile::kServer);
    spec.dns_names = {"good", name};
    ExpectNotIssued(spec, name);
  }
  for (const char* address :
       {"", "1.2.3", "256.1.1.1", "localhost", "1.2.3.4/8", "::g", ":", "1::2::3", "0x7f.1"}) {
    CertificateSpec spec = Spec(CertificateProfile::kServer);
    spec.ip_addresses = {address};
    ExpectNotIssued(spec, address);
  }
  for (const std::string& name : {std::string(), std::string(65, 'x'), std::string("a\0b", 3)}) {
    CertificateSpec spec = Spec(CertificateProfile::kClient);
    spec.common_name = name;
    ExpectNotIssued(spec, "common name");
  }
  CertificateSpec spec = Spec(CertificateProfile::kClient);
  spec.public_key_spki_der.pop_back();
  ExpectNotIssued(spec, "key");
}

TEST_F(CertificateTest, TwoUrisAreRefused) {
  // The DNS name's tag is turned into a URI's, as a careless CA might have issued it.
  CertificateSpec spec = Spec(CertificateProfile::kServer);
  spec.dns_names = {"other-name"};
  std::string certificate = Issue(spec);
  EXPECT_TRUE(ParseCertificate(certificate).ok());
  const size_t position = certificate.find("\x82\x0aother-name");
  ASSERT_NE(position, std::string::npos);
  certificate[position] = '\x86';
  EXPECT_EQ(ParseCertificate(certificate).status().code(), absl::StatusCode::kInvalidArgument);
}

// Signs again until the DER signature ends in a zero byte: it must not be taken for a padding.
class ZeroEndingKey final : public SigningKey {
 public:
  explicit ZeroEndingKey(SigningKey& key) : key_(key) {}
  absl::StatusOr<std::string> SignDigest(std::string_view digest) override {
    for (;;) {
      auto signature = key_.SignDigest(digest);
      if (!signature.ok() || signature->back() == '\0') return signature;
    }
  }

 private:
  SigningKey& key_;
};

TEST_F(CertificateTest, SignatureThatEndsInZeros) {
  ZeroEndingKey key(*ca_key_);
  const auto certificate = IssueCertificate(Spec(CertificateProfile::kClient), ca_, key);
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  EXPECT_EQ(certificate->back(), '\0');
  EXPECT_TRUE(VerifyCertificate(*certificate, ca_, kNow).ok());
}

TEST_F(CertificateTest, SerialNumbersArePositiveAndDiffer) {
  std::set<std::string> serials;
  for (int i = 0; i < 50; ++i) {
    const auto info = ParseCertificate(Issue(Spec(CertificateProfile::kClient)));
    EXPECT_LT(info->serial_hex[0], '8');
    serials.insert(info->serial_hex);
  }
  EXPECT_EQ(serials.size(), 50u);
}

}  // namespace
}  // namespace signet::openssl
