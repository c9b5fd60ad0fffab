#include "services/crypto/enrollment_rules.h"

#include <gtest/gtest.h>

#include "libs/digests/digests.h"
#include "libs/openssl/ed25519.h"
#include "libs/openssl/p256.h"

namespace signet::crypto {
namespace {

// An RSA key of 2048 bits, which our own library refuses to make.
constexpr char kWeakRsaKey[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzbqE7gg+x7ESkfdCs8TT\n"
    "pzsTJYLZ9pppwLzZ3NqtpN4NTok+KnJtCZQs/9I+kmmdDYLqcZh1V57oJSAbmdA+\n"
    "LaDj09rAixJejAAjhSHvYWZIj/jOLs0j8x/xDJMKSZ5N+SRLQ6GcaeJTK1jlHOUC\n"
    "u7/iQcb6GVwW7aXHA0SaWWuJZl+aiTPQF2A58Et9FZG7yflaHJR+PcsSt6+cLPXl\n"
    "/2ee5sVgYSoUrlYp1xBetQfuyPyMREw8kTDpqX0LWHPP79GbZCYhAg0Uaf3EEeHM\n"
    "8n8p1SKDDGn+CvRAU1Qocu6F8qNH/H8csW1KHwqp76PjBIZTrgi+0IKCivTRO2Uz\n"
    "yQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

class CheckEnrollmentTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    transport_ = openssl::RsaPrivateKey::Generate(3072).value().release();
  }
  static void TearDownTestSuite() { delete transport_; }

  void SetUp() override {
    device_ = openssl::P256PrivateKey::Generate().value();
    terminal_ = openssl::P256PrivateKey::Generate().value();
    content_.set_activation_public_key(openssl::ActivationPublicKey(code_).value());
    content_.set_device_csr_der(Csr(*device_));
    content_.set_terminal_csr_der(Csr(*terminal_));
    content_.set_transport_public_key_der(transport_->PublicKeyDer());
  }

  static std::string Csr(openssl::P256PrivateKey& key) {
    return openssl::BuildCsr("any", key.PublicKeyDer(), key).value();
  }

  device::v1::EnrollmentRequest Signed(const Secret& code) const {
    device::v1::EnrollmentRequest request;
    request.set_content(content_.SerializeAsString());
    request.set_signature(
        openssl::SignWithActivationCode(code, EnrollmentDigest(request.content())).value());
    return request;
  }

  static openssl::RsaPrivateKey* transport_;
  const Secret code_{"0123456789abcdef"};
  std::unique_ptr<openssl::P256PrivateKey> device_, terminal_;
  device::v1::EnrollmentContent content_;
};
openssl::RsaPrivateKey* CheckEnrollmentTest::transport_ = nullptr;

TEST_F(CheckEnrollmentTest, GivesWhatWasProven) {
  const auto request = Signed(code_);
  auto enrollee = CheckEnrollment(request);
  ASSERT_TRUE(enrollee.ok()) << enrollee.status();
  EXPECT_EQ(enrollee->request_hash, EnrollmentDigest(request.content()));
  EXPECT_EQ(enrollee->device_key_spki_der, device_->PublicKeyDer());
  EXPECT_EQ(enrollee->terminal_key_spki_der, terminal_->PublicKeyDer());
  EXPECT_EQ(enrollee->transport_key.modulus.size(), 384u);
  EXPECT_EQ(enrollee->activation_public_key, content_.activation_public_key());
}

TEST_F(CheckEnrollmentTest, RefusesAnotherCodesSignature) {
  EXPECT_FALSE(CheckEnrollment(Signed(Secret("fedcba9876543210"))).ok());
}

TEST_F(CheckEnrollmentTest, RefusesAnyChangedByteOfTheContent) {
  auto request = Signed(code_);
  for (size_t i = 0; i < request.content().size(); i += 37) {
    auto changed = request;
    (*changed.mutable_content())[i] = static_cast<char>(request.content()[i] ^ 1);
    EXPECT_FALSE(CheckEnrollment(changed).ok()) << i;
  }
}

TEST_F(CheckEnrollmentTest, RefusesACsrWithoutProofOfPossession) {
  auto other = openssl::P256PrivateKey::Generate().value();
  auto forged = openssl::BuildCsr("any", device_->PublicKeyDer(), *other);
  if (forged.ok()) {
    content_.set_device_csr_der(*forged);
    EXPECT_FALSE(CheckEnrollment(Signed(code_)).ok());
  }
  content_.set_device_csr_der("");
  EXPECT_FALSE(CheckEnrollment(Signed(code_)).ok());
}

TEST_F(CheckEnrollmentTest, RefusesOneKeyForBothPurposes) {
  content_.set_terminal_csr_der(Csr(*device_));
  EXPECT_FALSE(CheckEnrollment(Signed(code_)).ok());
}

TEST_F(CheckEnrollmentTest, RefusesAWeakTransportKey) {
  content_.set_transport_public_key_der(openssl::FromPem("PUBLIC KEY", kWeakRsaKey).value());
  EXPECT_FALSE(CheckEnrollment(Signed(code_)).ok());
}

TEST_F(CheckEnrollmentTest, RefusesMoreThan8KiB) {
  content_.set_terminal_csr_der(std::string(kMaxEnrollmentContentBytes, 'x'));
  auto enrollee = CheckEnrollment(Signed(code_));
  EXPECT_EQ(enrollee.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(CheckEnrollmentTest, RefusesWhatIsEmptyOrNoContent) {
  EXPECT_FALSE(CheckEnrollment({}).ok());
  device::v1::EnrollmentRequest request;
  request.set_content("\xff\xff\xff");
  EXPECT_FALSE(CheckEnrollment(request).ok());
}

TEST_F(CheckEnrollmentTest, CertificatesNameTheDeviceEachForItsPurpose) {
  const auto enrollee = CheckEnrollment(Signed(code_)).value();
  const auto device = DeviceCertificateSpec(enrollee, 0x2a, 1000000, 10);
  const auto terminal = TerminalCertificateSpec(enrollee, 0x2a, 1000000, 10);
  EXPECT_EQ(device.spiffe_id, "spiffe://signet/device/0000002a");
  EXPECT_EQ(terminal.spiffe_id, device.spiffe_id);
  EXPECT_EQ(device.profile, openssl::CertificateProfile::kSigning);
  EXPECT_EQ(terminal.profile, openssl::CertificateProfile::kClient);
  EXPECT_EQ(device.public_key_spki_der, device_->PublicKeyDer());
  EXPECT_EQ(terminal.public_key_spki_der, terminal_->PublicKeyDer());
  EXPECT_LT(device.not_before_unix_s, 1000000);
  EXPECT_EQ(device.not_after_unix_s, 1000000 + 10 * 86400);
}

TEST(IsEnrollmentRefusalTest, TellsTheRequestsFaultFromThePlatforms) {
  using grpc::StatusCode;
  for (auto code :
       {StatusCode::PERMISSION_DENIED, StatusCode::NOT_FOUND, StatusCode::INVALID_ARGUMENT,
        StatusCode::FAILED_PRECONDITION, StatusCode::ALREADY_EXISTS}) {
    EXPECT_TRUE(IsEnrollmentRefusal({code, ""}));
  }
  for (auto code : {StatusCode::UNAVAILABLE, StatusCode::DEADLINE_EXCEEDED, StatusCode::INTERNAL,
                    StatusCode::RESOURCE_EXHAUSTED, StatusCode::CANCELLED}) {
    EXPECT_FALSE(IsEnrollmentRefusal({code, ""}));
  }
}

}  // namespace
}  // namespace signet::crypto
