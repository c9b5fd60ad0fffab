// A device's enrollment through the service: what it gets opens with its own keys, and what it then
// sends is accepted.
#include <gtest/gtest.h>

#include "libs/digests/digests.h"
#include "libs/openssl/aes.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/ed25519.h"
#include "libs/openssl/rsa.h"
#include "tests/integration/crypto/crypto_harness.h"
#include "tests/integration/crypto/server_token.h"

namespace signet::crypto {
namespace {

using grpc::StatusCode;

class EnrollmentTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    transport_ = openssl::RsaPrivateKey::Generate(3072).value().release();
  }
  static void TearDownTestSuite() { delete transport_; }

  static std::string Csr(openssl::P256PrivateKey& key) {
    return openssl::BuildCsr("any", key.PublicKeyDer(), key).value();
  }

  device::v1::EnrollmentRequest Request() const {
    device::v1::EnrollmentContent content;
    content.set_activation_public_key(openssl::ActivationPublicKey(code_).value());
    content.set_device_csr_der(Csr(*device_key_));
    content.set_terminal_csr_der(Csr(*terminal_key_));
    content.set_transport_public_key_der(transport_->PublicKeyDer());
    device::v1::EnrollmentRequest request;
    request.set_content(content.SerializeAsString());
    request.set_signature(
        openssl::SignWithActivationCode(code_, EnrollmentDigest(request.content())).value());
    return request;
  }

  double Enrollments(const std::string& result) const {
    return harness_.Metric("signet_enrollments_total{result=\"" + result + "\"}");
  }

  void ExpectRefused(const device::v1::EnrollmentRequest& request) {
    const double before = Enrollments("refused");
    device::v1::EnrollmentResponse response;
    const grpc::Status status = harness_.Enroll(request, response);
    EXPECT_EQ(status.error_code(), StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(status.error_message(), "enrollment refused");
    EXPECT_EQ(status.error_details(), "");
    EXPECT_EQ(response.ByteSizeLong(), 0u);
    EXPECT_EQ(Enrollments("refused"), before + 1);
    EXPECT_TRUE(harness_.platform().completed().empty());
    EXPECT_TRUE(harness_.AllLeft());
  }

  static openssl::RsaPrivateKey* transport_;
  CryptoHarness harness_;
  const Secret code_{"0123456789abcdef"};
  std::unique_ptr<openssl::P256PrivateKey> device_key_ =
      openssl::P256PrivateKey::Generate().value();
  std::unique_ptr<openssl::P256PrivateKey> terminal_key_ =
      openssl::P256PrivateKey::Generate().value();
};
openssl::RsaPrivateKey* EnrollmentTest::transport_ = nullptr;

TEST_F(EnrollmentTest, TheInitialKeyArrivesWrappedForThisDeviceAlone) {
  device::v1::EnrollmentResponse response;
  const grpc::Status status = harness_.Enroll(Request(), response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.bdk_id(), std::string("\x51\x95\xe7\x00", 4));
  EXPECT_EQ(response.device_id(), std::string("\x0b\xad\xca\xfe"));

  const auto initial_key = transport_->UnwrapOaep(response.wrapped_initial_key());
  ASSERT_TRUE(initial_key.ok()) << initial_key.status();
  const SoftwareDevice device(TestServerToken().bdk(), kTestBdkId,
                              RecordingPlatform::kAssignedDeviceId);
  EXPECT_TRUE(*initial_key == device.initial_key());
  EXPECT_EQ(response.initial_key_check_value(),
            openssl::AesCmac(*initial_key, std::string(16, '\0'))->substr(0, 5));
  EXPECT_EQ(response.receipt_public_key_der(), harness_.hsm().receipt_public_der());
  EXPECT_EQ(response.device_ca_certificate_der(), TestServerToken().device_ca_der());
  EXPECT_EQ(Enrollments("completed"), 1);
  EXPECT_TRUE(harness_.AllLeft());
}

TEST_F(EnrollmentTest, TheCertificatesAreTheDeviceCasForTheDevicesKeys) {
  device::v1::EnrollmentResponse response;
  ASSERT_TRUE(harness_.Enroll(Request(), response).ok());
  const int64_t now_s = SystemClock().NowUnixMs() / 1000;
  for (const std::string& der :
       {response.device_certificate_der(), response.terminal_certificate_der()}) {
    EXPECT_TRUE(openssl::VerifyCertificate(der, TestServerToken().device_ca_der(), now_s).ok());
    EXPECT_EQ(openssl::ParseCertificate(der)->spiffe_id, "spiffe://signet/device/0badcafe");
    EXPECT_NEAR(static_cast<double>(openssl::ParseCertificate(der)->not_after_unix_s),
                static_cast<double>(now_s + 825 * 86400), 60);
  }
  EXPECT_EQ(openssl::ParseCertificate(response.device_certificate_der())->public_key_spki_der,
            device_key_->PublicKeyDer());
  EXPECT_EQ(openssl::ParseCertificate(response.terminal_certificate_der())->public_key_spki_der,
            terminal_key_->PublicKeyDer());
}

TEST_F(EnrollmentTest, ThePlatformIsToldExactlyWhatWasIssued) {
  const auto request = Request();
  device::v1::EnrollmentResponse response;
  ASSERT_TRUE(harness_.Enroll(request, response).ok());
  const auto begun = harness_.platform().begun();
  const auto completed = harness_.platform().completed();
  ASSERT_EQ(begun.size(), 1u);
  ASSERT_EQ(completed.size(), 1u);
  EXPECT_EQ(begun[0].activation_public_key(), openssl::ActivationPublicKey(code_).value());
  EXPECT_EQ(begun[0].request_hash(), EnrollmentDigest(request.content()));
  EXPECT_EQ(completed[0].activation_public_key(), begun[0].activation_public_key());
  EXPECT_EQ(completed[0].request_hash(), begun[0].request_hash());
  EXPECT_EQ(completed[0].device_id(), RecordingPlatform::kAssignedDeviceId);
  EXPECT_EQ(completed[0].device_certificate_der(), response.device_certificate_der());
}

TEST_F(EnrollmentTest, RefusesAForgedRequestUniformly) {
  auto request = Request();
  (*request.mutable_signature())[0] = static_cast<char>(request.signature()[0] ^ 1);
  ExpectRefused(request);
  request = Request();
  request.mutable_content()->back() = static_cast<char>(request.content().back() ^ 1);
  ExpectRefused(request);
  ExpectRefused({});
  request = Request();
  request.mutable_content()->append(std::string(8 * 1024, 'x'));
  ExpectRefused(request);
  EXPECT_TRUE(harness_.platform().begun().empty());
}

TEST_F(EnrollmentTest, ARefusalOfThePlatformLooksTheSame) {
  for (auto code :
       {StatusCode::PERMISSION_DENIED, StatusCode::NOT_FOUND, StatusCode::FAILED_PRECONDITION}) {
    harness_.platform().SetRegistryStatus({code, "the platform's own words"});
    ExpectRefused(Request());
  }
}

TEST_F(EnrollmentTest, APlatformInTroubleIsNoRefusal) {
  harness_.platform().SetRegistryStatus({StatusCode::UNAVAILABLE, "the platform's own words"});
  device::v1::EnrollmentResponse response;
  const grpc::Status status = harness_.Enroll(Request(), response);
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message().find("own words"), std::string::npos);
  EXPECT_EQ(Enrollments("failed"), 1);
  EXPECT_TRUE(harness_.AllLeft());
}

}  // namespace
}  // namespace signet::crypto
