// Whom an activation code admits, against a real database.
#include <string>

#include "gmock/gmock.h"
#include "services/payment_platform/device_registry_service.h"
#include "tests/integration/payment_platform/platform_fixture.h"
#include "tests/support/payment_messages.h"

namespace signet::testing {
namespace {

using payment_platform::DeviceRegistryService;
using ::testing::HasSubstr;

class EnrollmentTest : public PlatformTest {
 protected:
  void SetUp() override {
    PlatformTest::SetUp();
    OpenAccount("alice", "Alice Martin", 5000);
    OpenAccount("corner-coffee", "Corner Coffee", 0);
    device_ = AddPendingDevice("alice", 'k');
    registry_ = std::make_unique<DeviceRegistryService>(*database_, clock_, metrics_);
  }

  absl::Status Begin(char request, char key = 'k') {
    platform::v1::BeginEnrollmentRequest message;
    message.set_activation_public_key(std::string(32, key));
    message.set_request_hash(std::string(32, request));
    begun_.Clear();
    return registry_->Begin(message, begun_);
  }
  absl::Status Complete(char request, uint32_t device_id,
                        const std::string& certificate = "certificate") {
    platform::v1::CompleteEnrollmentRequest message;
    message.set_activation_public_key(std::string(32, 'k'));
    message.set_request_hash(std::string(32, request));
    message.set_device_id(device_id);
    message.set_device_certificate_der(certificate);
    return registry_->Complete(message);
  }
  std::string Certificate() {
    platform::v1::GetDeviceRequest request;
    request.set_device_id(device_);
    platform::v1::GetDeviceResponse response;
    return registry_->Get(request, response).ok() ? response.device_certificate_der() : "";
  }
  std::string DeviceState() { return Sql("SELECT state FROM device"); }
  std::string TriesLeft() { return Sql("SELECT tries_left FROM enrollment"); }
  void ExpectRefused(const absl::Status& status, const std::string& reason) {
    EXPECT_EQ(status, absl::PermissionDeniedError("enrollment refused")) << status.message();
    EXPECT_THAT(metrics_.Serialize(),
                HasSubstr("signet_activation_code_uses_total{result=\"" + reason + "\"} 1"));
  }

  uint32_t device_ = 0;
  std::unique_ptr<DeviceRegistryService> registry_;
  platform::v1::BeginEnrollmentResponse begun_;
};

TEST_F(EnrollmentTest, ADeviceIsEnrolledOnce) {
  EXPECT_EQ(Certificate(), "");
  ASSERT_TRUE(Begin('r').ok());
  EXPECT_EQ(begun_.device_id(), device_);
  EXPECT_EQ(TriesLeft(), "4");
  EXPECT_EQ(DeviceState(), "1");
  ASSERT_TRUE(Complete('r', device_).ok());
  EXPECT_EQ(DeviceState(), "2");
  EXPECT_EQ(Certificate(), "certificate");
  ExpectRefused(Begin('x'), "used");
}

TEST_F(EnrollmentTest, TheSameRequestIsAdmittedUntilTheFirstMessage) {
  ASSERT_TRUE(Begin('r').ok());
  ASSERT_TRUE(Begin('r').ok());
  EXPECT_EQ(TriesLeft(), "4") << "a repetition costs nothing";
  ASSERT_TRUE(Complete('r', device_).ok());
  clock_.Advance(3'600'001);  // the code's end is no end for the answer that was lost
  ASSERT_TRUE(Begin('r').ok());
  ASSERT_TRUE(Complete('r', device_, "another certificate").ok());
  EXPECT_EQ(Certificate(), "certificate") << "it never changes once enrolled";

  ASSERT_EQ(Instruct(device_, 1).payment_state, payments::v1::PAYMENT_STATE_AUTHORIZED);
  ExpectRefused(Begin('r'), "used");
  EXPECT_FALSE(Complete('r', device_).ok());
}

TEST_F(EnrollmentTest, AQueryIsAMessageToo) {
  ASSERT_TRUE(Begin('r').ok());
  ASSERT_TRUE(Complete('r', device_).ok());
  ASSERT_TRUE(batcher_->SubmitAndWait(AccountQuery({device_, 1})).status.ok());
  ExpectRefused(Begin('r'), "used");
}

TEST_F(EnrollmentTest, AnUnknownCodeIsRefused) { ExpectRefused(Begin('r', 'x'), "unknown_code"); }

TEST_F(EnrollmentTest, AnExpiredCodeIsRefused) {
  clock_.Advance(3'600'000);
  ExpectRefused(Begin('r'), "expired");
  EXPECT_EQ(TriesLeft(), "5");
}

TEST_F(EnrollmentTest, ACodeThatExpiresUnderWayIsRefused) {
  ASSERT_TRUE(Begin('r').ok());
  clock_.Advance(3'600'000);
  ExpectRefused(Complete('r', device_), "expired");
  EXPECT_EQ(DeviceState(), "1");
}

TEST_F(EnrollmentTest, AnotherRequestIsRefusedAndCostsATry) {
  ASSERT_TRUE(Begin('r').ok());
  ExpectRefused(Begin('x'), "other_request");
  EXPECT_EQ(TriesLeft(), "3");
  ASSERT_TRUE(Begin('r').ok());
  EXPECT_FALSE(Complete('x', device_).ok());
  ASSERT_TRUE(Complete('r', device_).ok());
}

TEST_F(EnrollmentTest, ACodeThatManyRequestsFightForIsBurnt) {
  ASSERT_TRUE(Begin('r').ok());
  for (const char other : {'a', 'b', 'c', 'd'}) EXPECT_FALSE(Begin(other).ok());
  EXPECT_EQ(TriesLeft(), "0");
  ExpectRefused(Begin('r'), "tries_exhausted");
  EXPECT_EQ(TriesLeft(), "0");
}

TEST_F(EnrollmentTest, NothingIsCompletedThatWasNotBegun) {
  ExpectRefused(Complete('r', device_), "not_begun");
  ASSERT_TRUE(Begin('r').ok());
  EXPECT_FALSE(Complete('r', device_ + 1).ok()) << "another device";
  EXPECT_EQ(DeviceState(), "1");
}

TEST_F(EnrollmentTest, ARevokedDeviceIsNotEnrolled) {
  ASSERT_TRUE(Begin('r').ok());
  Sql("UPDATE device SET state = 4");
  ExpectRefused(Begin('r'), "device_blocked");
  EXPECT_FALSE(Complete('r', device_).ok());
  EXPECT_EQ(DeviceState(), "4");
}

TEST_F(EnrollmentTest, MalformedRequestsAreNoTries) {
  platform::v1::BeginEnrollmentRequest request;
  request.set_activation_public_key(std::string(31, 'k'));
  request.set_request_hash(std::string(32, 'r'));
  EXPECT_EQ(registry_->Begin(request, begun_).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Complete('r', device_, "").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TriesLeft(), "5");
}

TEST_F(EnrollmentTest, CountersStandAtZeroFromTheStart) {
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr("signet_activation_code_uses_total{result=\"completed\"} 0"));
}

}  // namespace
}  // namespace signet::testing
