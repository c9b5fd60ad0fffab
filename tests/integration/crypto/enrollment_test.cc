// A device's enrollment through the service: what it gets opens with its own keys, and what it then
// sends is accepted.
#include <gtest/gtest.h>

#include <future>

#include "absl/synchronization/notification.h"
#include "libs/digests/digests.h"
#include "libs/openssl/aes.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/ed25519.h"
#include "libs/openssl/p256.h"
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

  // As a device verifies it.
  static bool IsSignedFor(const device::v1::EnrollmentRequest& request,
                          const device::v1::EnrollmentResponse& response) {
    const auto ca = openssl::ParseCertificate(TestServerToken().device_ca_der()).value();
    const auto ca_key = openssl::ParseP256PublicKey(ca.public_key_spki_der).value();
    const std::string request_hash = EnrollmentDigest(request.content());
    return ca_key
        ->VerifyDigest(EnrollmentAnswerDigest(request_hash, response.content()),
                       response.signature())
        .ok();
  }
  // What the device CA signed for this very request.
  device::v1::EnrollmentAnswer Enroll(const device::v1::EnrollmentRequest& request) {
    device::v1::EnrollmentResponse response;
    const grpc::Status status = harness_.Enroll(request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_TRUE(IsSignedFor(request, response));
    device::v1::EnrollmentAnswer answer;
    EXPECT_TRUE(answer.ParseFromString(response.content()));
    return answer;
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
  const device::v1::EnrollmentAnswer answer = Enroll(Request());
  EXPECT_EQ(answer.bdk_id(), std::string("\x51\x95\xe7\x00", 4));
  EXPECT_EQ(answer.device_id(), std::string("\x0b\xad\xca\xfe"));

  const auto initial_key = transport_->UnwrapOaep(answer.wrapped_initial_key());
  ASSERT_TRUE(initial_key.ok()) << initial_key.status();
  const SoftwareDevice device(TestServerToken().bdk(), kTestBdkId,
                              RecordingPlatform::kAssignedDeviceId);
  EXPECT_TRUE(*initial_key == device.initial_key());
  EXPECT_EQ(answer.initial_key_check_value(),
            openssl::AesCmac(*initial_key, std::string(16, '\0'))->substr(0, 5));
  EXPECT_EQ(answer.receipt_public_key_der(), harness_.hsm().receipt_public_der());
  EXPECT_EQ(answer.device_ca_certificate_der(), TestServerToken().device_ca_der());
  EXPECT_EQ(Enrollments("completed"), 1);
  EXPECT_TRUE(harness_.AllLeft());
}

TEST_F(EnrollmentTest, TheCertificatesAreTheDeviceCasForTheDevicesKeys) {
  const device::v1::EnrollmentAnswer answer = Enroll(Request());
  const int64_t now_s = SystemClock().NowUnixMs() / 1000;
  for (const std::string& der :
       {answer.device_certificate_der(), answer.terminal_certificate_der()}) {
    EXPECT_TRUE(openssl::VerifyCertificate(der, TestServerToken().device_ca_der(), now_s).ok());
    EXPECT_EQ(openssl::ParseCertificate(der)->spiffe_id, "spiffe://signet/device/0badcafe");
    EXPECT_NEAR(static_cast<double>(openssl::ParseCertificate(der)->not_after_unix_s),
                static_cast<double>(now_s + 825 * 86400), 60);
  }
  EXPECT_EQ(openssl::ParseCertificate(answer.device_certificate_der())->public_key_spki_der,
            device_key_->PublicKeyDer());
  EXPECT_EQ(openssl::ParseCertificate(answer.terminal_certificate_der())->public_key_spki_der,
            terminal_key_->PublicKeyDer());
}

TEST_F(EnrollmentTest, ThePlatformIsToldExactlyWhatWasIssued) {
  const auto request = Request();
  const device::v1::EnrollmentAnswer answer = Enroll(request);
  const auto begun = harness_.platform().begun();
  const auto completed = harness_.platform().completed();
  ASSERT_EQ(begun.size(), 1u);
  ASSERT_EQ(completed.size(), 1u);
  EXPECT_EQ(begun[0].activation_public_key(), openssl::ActivationPublicKey(code_).value());
  EXPECT_EQ(begun[0].request_hash(), EnrollmentDigest(request.content()));
  EXPECT_EQ(completed[0].activation_public_key(), begun[0].activation_public_key());
  EXPECT_EQ(completed[0].request_hash(), begun[0].request_hash());
  EXPECT_EQ(completed[0].device_id(), RecordingPlatform::kAssignedDeviceId);
  EXPECT_EQ(completed[0].device_certificate_der(), answer.device_certificate_der());
}

TEST_F(EnrollmentTest, TheDeviceCaSignsTheAnswerToThisRequestAlone) {
  const auto request = Request();
  const auto other = Request();  // the same keys; CSRs are signed anew
  device::v1::EnrollmentResponse response;
  ASSERT_TRUE(harness_.Enroll(request, response).ok());
  EXPECT_TRUE(IsSignedFor(request, response));
  EXPECT_FALSE(IsSignedFor(other, response));
  response.mutable_content()->back() = static_cast<char>(response.content().back() ^ 1);
  EXPECT_FALSE(IsSignedFor(request, response));
  EXPECT_EQ(
      harness_.Metric("signet_hsm_operations_total{op=\"sign_enrollment_answer\",result=\"ok\"}"),
      1);
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

TEST_F(EnrollmentTest, AFloodOfEnrollmentsKeepsNoPaymentOut) {
  HarnessLimits limits;
  limits.in_flight = 1;
  limits.enrollments = 1;
  CryptoHarness harness(limits);
  const SoftwareDevice device = harness.AddDevice(7);
  harness.platform().SetProcessor(
      [](const platform::v1::ProcessRequest&, platform::v1::ProcessResponse& response) {
        response.set_answer_type(sealing::v1::MESSAGE_TYPE_QUERY_RESULT);
        return grpc::Status::OK;
      });
  absl::Notification enrolling, released;
  harness.platform().SetWhileEnrolling([&] {
    enrolling.Notify();
    released.WaitForNotification();
  });
  device::v1::EnrollmentResponse response, refused;
  auto first = std::async(std::launch::async, [&] { return harness.Enroll(Request(), response); });
  enrolling.WaitForNotification();
  const grpc::Status second = harness.Enroll(Request(), refused);
  EXPECT_EQ(second.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  const auto message = device.Seal(sealing::v1::MESSAGE_TYPE_QUERY, 1, "query");
  const auto answer = harness.Exchange(message, device.id());
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  released.Notify();
  const grpc::Status enrolled = first.get();
  EXPECT_TRUE(enrolled.ok()) << enrolled.error_message();
  EXPECT_TRUE(harness.AllLeft());
}

}  // namespace
}  // namespace signet::crypto
