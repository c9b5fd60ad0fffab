#include "services/crypto/device_keys.h"

#include <gtest/gtest.h>

#include "libs/openssl/certificate.h"
#include "libs/openssl/p256.h"
#include "libs/rpc/peer_identity.h"

namespace signet::crypto {
namespace {

constexpr int64_t kNow = 1'800'000'000;
constexpr int64_t kDay = 86400;

class DeviceCertificateTest : public testing::Test {
 protected:
  void SetUp() override {
    ca_key_ = openssl::P256PrivateKey::Generate().value();
    ca_der_ = MakeCa(*ca_key_);
    device_key_ = openssl::P256PrivateKey::Generate().value();
  }

  static std::string MakeCa(openssl::P256PrivateKey& key) {
    openssl::CertificateSpec spec;
    spec.profile = openssl::CertificateProfile::kCa;
    spec.common_name = "test CA";
    spec.not_before_unix_s = kNow - kDay;
    spec.not_after_unix_s = kNow + 10 * kDay;
    spec.public_key_spki_der = key.PublicKeyDer();
    return openssl::IssueCertificate(spec, "", key).value();
  }

  static openssl::TrustAnchor Ca(const std::string& der) {
    return openssl::TrustAnchor::Parse(der).value();
  }

  std::string Issue(const std::string& spiffe_id) {
    openssl::CertificateSpec spec;
    spec.profile = openssl::CertificateProfile::kSigning;
    spec.common_name = "device";
    spec.spiffe_id = spiffe_id;
    spec.not_before_unix_s = kNow - kDay;
    spec.not_after_unix_s = kNow + kDay;
    spec.public_key_spki_der = device_key_->PublicKeyDer();
    return openssl::IssueCertificate(spec, ca_der_, *ca_key_).value();
  }

  std::unique_ptr<openssl::P256PrivateKey> ca_key_, device_key_;
  std::string ca_der_;
};

TEST_F(DeviceCertificateTest, GivesTheKeyThatVerifiesTheDevicesSignatures) {
  auto key =
      VerifyDeviceCertificate(Issue("spiffe://signet/device/0000002a"), Ca(ca_der_), 42, kNow);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->not_after_unix_s, kNow + kDay);
  const std::string digest(32, 'd');
  const std::string signature = device_key_->SignDigest(digest).value();
  EXPECT_TRUE(key->key->VerifyDigest(digest, signature).ok());
  EXPECT_FALSE(key->key->VerifyDigest(std::string(32, 'e'), signature).ok());
}

TEST_F(DeviceCertificateTest, RefusesAnotherDevicesCertificate) {
  const std::string der = Issue("spiffe://signet/device/0000002b");
  EXPECT_EQ(VerifyDeviceCertificate(der, Ca(ca_der_), 42, kNow).status().code(),
            absl::StatusCode::kUnauthenticated);
}

TEST_F(DeviceCertificateTest, RefusesAServicesCertificate) {
  EXPECT_FALSE(
      VerifyDeviceCertificate(Issue("spiffe://signet/gateway"), Ca(ca_der_), 42, kNow).ok());
}

TEST_F(DeviceCertificateTest, RefusesACertificateOfAnotherCa) {
  auto other = openssl::P256PrivateKey::Generate().value();
  const std::string der = Issue("spiffe://signet/device/0000002a");
  EXPECT_FALSE(VerifyDeviceCertificate(der, Ca(MakeCa(*other)), 42, kNow).ok());
}

TEST_F(DeviceCertificateTest, RefusesWhatIsExpiredNotYetValidOrNoCertificate) {
  const std::string der = Issue("spiffe://signet/device/0000002a");
  EXPECT_FALSE(VerifyDeviceCertificate(der, Ca(ca_der_), 42, kNow + 2 * kDay).ok());
  EXPECT_FALSE(VerifyDeviceCertificate(der, Ca(ca_der_), 42, kNow - 2 * kDay).ok());
  EXPECT_FALSE(VerifyDeviceCertificate("", Ca(ca_der_), 42, kNow).ok());
  EXPECT_FALSE(VerifyDeviceCertificate("no certificate", Ca(ca_der_), 42, kNow).ok());
}

TEST(DeviceKeyCacheTest, KeepsTheKeysUsedLast) {
  DeviceKeyCache cache(2);
  EXPECT_FALSE(cache.Find(1).has_value());
  cache.Put(1, {nullptr, 100});
  cache.Put(2, {nullptr, 200});
  ASSERT_TRUE(cache.Find(1).has_value());  // now 2 is the one used longest ago
  cache.Put(3, {nullptr, 300});
  EXPECT_TRUE(cache.Find(1).has_value());
  EXPECT_FALSE(cache.Find(2).has_value());
  EXPECT_EQ(cache.Find(3)->not_after_unix_s, 300);
}

TEST(DeviceKeyCacheTest, ReplacesAnEntryWithoutGrowing) {
  DeviceKeyCache cache(2);
  cache.Put(1, {nullptr, 100});
  cache.Put(2, {nullptr, 200});
  cache.Put(1, {nullptr, 101});
  EXPECT_EQ(cache.Find(1)->not_after_unix_s, 101);
  EXPECT_TRUE(cache.Find(2).has_value());
}

}  // namespace
}  // namespace signet::crypto
