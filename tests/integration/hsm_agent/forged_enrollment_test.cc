// A gateway that is broken into while a device enrolls: it sees the request and answers in the
// operator's place. Nothing on the device may change, and the true answer must still be taken.
#include "absl/strings/str_cat.h"
#include "libs/base/activation_code.h"
#include "libs/digests/digests.h"
#include "libs/openssl/certificate.h"
#include "tests/integration/hsm_agent/agent_test.h"
#include "tests/support/process.h"

namespace signet::hsm_agent {
namespace {

using device::v1::EnrollmentAnswer;
using device::v1::EnrollmentResponse;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ForgedEnrollmentTest : public AgentTest {
 protected:
  void SetUp() override {
    AgentTest::SetUp();
    request_ = Begin();
    true_ = host_->Enroll(request_).value();
    ASSERT_TRUE(answer_.ParseFromString(true_.content()));
    TakeStock();
  }

  // As the device is before an answer comes. The agent is locked: one that is refused must not even
  // ask for the PIN.
  void TakeStock() {
    RestartAgent();
    person_.prompts.clear();
    objects_ = AllObjects();
    ASSERT_THAT(objects_, SizeIs(2)) << "the signing and the transport key";
    state_ = testing::ReadFile(state_folder_.File("state"));
  }
  // While the agent is locked, private objects included.
  std::vector<std::string> AllObjects() {
    const auto login = soft_token_->LoggedIn(absl::StrCat("device-", next_device_)).value();
    std::vector<std::string> objects = TokenObjects(true);
    EXPECT_TRUE(login->Logout().ok());
    return objects;
  }

  device::v1::EnrollmentRequest Begin(const std::string& code = "0123456789abcdef") {
    device::v1::BeginEnrollmentRequest begin = EnrollmentRequest();
    begin.set_activation_code(FormatActivationCode(Secret(code)));
    return agent_->BeginEnrollment(begin, nullptr).value().enrollment();
  }
  absl::Status Complete(const EnrollmentResponse& response) {
    device::v1::CompleteEnrollmentRequest complete;
    *complete.mutable_enrollment() = response;
    return agent_->CompleteEnrollment(complete, nullptr).status();
  }

  void ExpectRefused(const EnrollmentResponse& response, const std::string& what) {
    const absl::Status status = Complete(response);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << what;
    EXPECT_THAT(std::string(status.message()), HasSubstr("--device-ca")) << what;
    EXPECT_EQ(AllObjects(), objects_) << what;
    EXPECT_EQ(testing::ReadFile(state_folder_.File("state")), state_) << what;
    EXPECT_TRUE(person_.prompts.empty()) << what;
  }
  // The true content under another signature.
  void ExpectSignatureRefused(const std::string& signature, const std::string& what) {
    EnrollmentResponse forged = true_;
    forged.set_signature(signature);
    ExpectRefused(forged, what);
  }
  void ExpectTheTrueAnswerTaken() {
    SIGNET_ASSERT_OK(Complete(true_));
    SIGNET_ASSERT_OK(AskForPayee("coffee").status());
  }

  device::v1::EnrollmentRequest request_;
  EnrollmentResponse true_;
  EnrollmentAnswer answer_;
  std::vector<std::string> objects_;
  std::string state_;
};

std::string WithOneBitTurned(std::string bytes) {
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  return bytes;
}

TEST_F(ForgedEnrollmentTest, AWorldOfTheGatewaysOwnIsRefused) {
  // Everything in it fits together: its device CA, receipt key and initial key are the gateway's.
  SoftwareHost gateway(*server_session_);
  const EnrollmentResponse forged = gateway.Enroll(request_).value();
  ExpectRefused(forged, "another CA");
  EnrollmentAnswer dressed;
  ASSERT_TRUE(dressed.ParseFromString(forged.content()));
  dressed.set_device_ca_certificate_der(host_->device_ca());
  ExpectRefused(gateway.SignAnswer(request_, dressed), "another CA under the true one's name");
  ExpectRefused(gateway.SignAnswer(request_, answer_), "the true answer signed by another CA");
  ExpectTheTrueAnswerTaken();
}

TEST_F(ForgedEnrollmentTest, EachFieldIsWhatTheDeviceCaSigned) {
  const auto* const reflection = EnrollmentAnswer::GetReflection();
  const auto* const descriptor = EnrollmentAnswer::GetDescriptor();
  ASSERT_EQ(descriptor->field_count(), 8);
  EnrollmentResponse forged = true_;
  for (int i = 0; i < descriptor->field_count(); ++i) {
    EnrollmentAnswer changed = answer_;
    const std::string value = reflection->GetString(answer_, descriptor->field(i));
    ASSERT_FALSE(value.empty()) << descriptor->field(i)->name();
    reflection->SetString(&changed, descriptor->field(i), WithOneBitTurned(value));
    forged.set_content(changed.SerializeAsString());
    ExpectRefused(forged, descriptor->field(i)->name() + " changed");
    reflection->ClearField(&changed, descriptor->field(i));
    forged.set_content(changed.SerializeAsString());
    ExpectRefused(forged, descriptor->field(i)->name() + " left out");
  }
  for (const std::string& content :
       {std::string(), true_.content() + "x", true_.content() + true_.content()}) {
    forged.set_content(content);
    ExpectRefused(forged, "content of " + std::to_string(content.size()) + " bytes");
  }
  // Signed by the true key, so the module would take the keys in: still not the certificate given.
  EnrollmentAnswer renewed = answer_;
  renewed.set_device_ca_certificate_der(answer_.device_certificate_der());
  ExpectRefused(host_->SignAnswer(request_, renewed), "another certificate as the CA's");
  ExpectTheTrueAnswerTaken();
}

TEST_F(ForgedEnrollmentTest, NoOtherSignatureOfTheDeviceCaWillDo) {
  ExpectRefused({}, "nothing");
  ExpectSignatureRefused("", "unsigned");
  ExpectSignatureRefused(WithOneBitTurned(true_.signature()), "a bit of the signature turned");
  ExpectSignatureRefused(true_.signature().substr(1), "a byte short");
  ExpectSignatureRefused(std::string(64, '\0'), "zeros");
  const std::string& content = true_.content();
  ExpectSignatureRefused(host_->SignAsDeviceCa(EnrollmentDigest(content)), "a request's digest");
  ExpectSignatureRefused(host_->SignAsDeviceCa(ReceiptDigest(content)), "a receipt's digest");
  device::v1::EnrollmentRequest other = request_;
  other.mutable_content()->append("x");
  ExpectRefused(host_->SignAnswer(other, answer_), "the answer to another request");

  request_ = Begin("fedcba9876543210");
  const EnrollmentResponse earlier = std::exchange(true_, host_->Enroll(request_).value());
  TakeStock();
  ExpectRefused(earlier, "the answer to the request before");
  ExpectTheTrueAnswerTaken();
}

}  // namespace
}  // namespace signet::hsm_agent
