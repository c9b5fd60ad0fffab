#include <functional>

#include "hsm_agent/module/token_objects.h"
#include "libs/base/activation_code.h"
#include "libs/base/ids.h"
#include "libs/openssl/certificate.h"
#include "tests/integration/hsm_agent/agent_test.h"

namespace signet::hsm_agent {
namespace {

using device::v1::EnrollmentAnswer;
using device::v1::EnrollmentResponse;
using ::testing::HasSubstr;

EnrollmentAnswer AnswerIn(const EnrollmentResponse& response) {
  EnrollmentAnswer answer;
  EXPECT_TRUE(answer.ParseFromString(response.content()));
  return answer;
}

class EnrollmentTest : public AgentTest {
 protected:
  device::v1::EnrollmentRequest BeginEnrollment() {
    auto begun = agent_->BeginEnrollment(EnrollmentRequest(), nullptr);
    EXPECT_TRUE(begun.ok()) << begun.status();
    return begun.ok() ? begun->enrollment() : device::v1::EnrollmentRequest();
  }
  absl::StatusOr<device::v1::CompleteEnrollmentResponse> CompleteEnrollment(
      const EnrollmentResponse& response) {
    device::v1::CompleteEnrollmentRequest request;
    *request.mutable_enrollment() = response;
    return agent_->CompleteEnrollment(request, nullptr);
  }
};

TEST_F(EnrollmentTest, GivesTheTerminalItsCertificates) {
  const EnrollmentResponse response = *host_->Enroll(BeginEnrollment());
  const EnrollmentAnswer answer = AnswerIn(response);
  const auto completed = CompleteEnrollment(response);
  SIGNET_ASSERT_OK(completed.status());
  EXPECT_EQ(completed->device_id(), "00000001");
  EXPECT_EQ(completed->terminal_certificate_der(), answer.terminal_certificate_der());
  EXPECT_EQ(completed->device_ca_certificate_der(), host_->device_ca());
  EXPECT_EQ(completed->receipt_public_key_der(), answer.receipt_public_key_der());
  const auto module = agent_->DescribeModule({}, nullptr);
  SIGNET_ASSERT_OK(module.status());
  EXPECT_TRUE(module->enrolled());
  EXPECT_TRUE(module->logged_in());
  EXPECT_EQ(module->device_id(), "00000001");
  EXPECT_EQ(module->next_counter(), 1U);
  EXPECT_EQ(module->pin_tries_left(), 5U);
  EXPECT_EQ(module->mechanisms_size(), 7);
  EXPECT_EQ(module->keys_size(), 35);
}

TEST_F(EnrollmentTest, BeginningAgainGivesTheSameRequestEvenAfterARestart) {
  const std::string first = BeginEnrollment().SerializeAsString();
  EXPECT_EQ(BeginEnrollment().SerializeAsString(), first);
  RestartAgent();
  EXPECT_EQ(BeginEnrollment().SerializeAsString(), first);
  device::v1::BeginEnrollmentRequest other = EnrollmentRequest();
  other.set_activation_code(FormatActivationCode(Secret("fedcba9876543210")));
  const auto begun = agent_->BeginEnrollment(other, nullptr);
  SIGNET_ASSERT_OK(begun.status());
  EXPECT_NE(begun->enrollment().SerializeAsString(), first);
  EXPECT_EQ(TokenObjects().size(), 2U) << "the first keys must be gone";
}

TEST_F(EnrollmentTest, CompletingAgainGivesTheSameAnswer) {
  const device::v1::EnrollmentRequest request = BeginEnrollment();
  const EnrollmentResponse response = *host_->Enroll(request);
  RestartAgent();
  const auto first = CompleteEnrollment(response);
  SIGNET_ASSERT_OK(first.status());
  const std::vector<std::string> objects = TokenObjects();
  RestartAgent();
  const auto again = CompleteEnrollment(response);
  SIGNET_ASSERT_OK(again.status());
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EnrollmentAnswer other = AnswerIn(response);
  other.set_device_id(std::string("\0\0\0\2", 4));
  EXPECT_EQ(CompleteEnrollment(host_->SignAnswer(request, other)).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(agent_->BeginEnrollment(EnrollmentRequest(), nullptr).status().code(),
            absl::StatusCode::kFailedPrecondition);
  SIGNET_ASSERT_OK(AskForPayee("coffee").status());
  EXPECT_EQ(TokenObjects().size(), objects.size() - 1) << "counter 1 is spent and has no children";
}

TEST_F(EnrollmentTest, ATypingErrorInTheCodeMakesNoKeys) {
  device::v1::BeginEnrollmentRequest request = EnrollmentRequest();
  std::string code = request.activation_code();
  code[0] = code[0] == '0' ? '1' : '0';
  request.set_activation_code(code);
  EXPECT_EQ(agent_->BeginEnrollment(request, nullptr).status().code(),
            absl::StatusCode::kInvalidArgument);
  request = EnrollmentRequest();
  request.set_terminal_csr_der("not a request");
  EXPECT_EQ(agent_->BeginEnrollment(request, nullptr).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(person_.prompts.empty());
}

TEST_F(EnrollmentTest, ASignedAnswerThatDoesNotFitIsRefusedAndTheTrueOneStillTaken) {
  const device::v1::EnrollmentRequest request = BeginEnrollment();
  const EnrollmentResponse true_response = *host_->Enroll(request);
  const EnrollmentAnswer good = AnswerIn(true_response);
  SoftwareHost stranger(*server_session_);
  const EnrollmentAnswer other = AnswerIn(*stranger.Enroll(request));
  const std::vector<std::function<void(EnrollmentAnswer&)>> changes = {
      [](auto& r) { r.set_initial_key_check_value("\1\2\3\4\5"); },
      [](auto& r) { r.set_initial_key_check_value(""); },
      [&](auto& r) { r.set_wrapped_initial_key(other.wrapped_initial_key()); },
      [](auto& r) { (*r.mutable_wrapped_initial_key())[9] ^= 1; },
      [](auto& r) { r.clear_wrapped_initial_key(); },
      [](auto& r) { r.set_device_id("\1"); },
      [](auto& r) { r.set_bdk_id(""); },
      [](auto& r) { r.set_device_id(std::string("\0\0\0\2", 4)); },
      [&](auto& r) { r.set_device_certificate_der(other.device_certificate_der()); },
      [&](auto& r) { r.set_device_certificate_der(good.terminal_certificate_der()); },
      [&](auto& r) { r.set_terminal_certificate_der(other.terminal_certificate_der()); },
      [&](auto& r) { r.set_terminal_certificate_der(good.device_certificate_der()); },
      [&](auto& r) { r.set_device_ca_certificate_der(other.device_ca_certificate_der()); },
      [](auto& r) { r.set_device_ca_certificate_der("x"); },
      [](auto& r) { r.set_receipt_public_key_der("x"); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    EnrollmentAnswer changed = good;
    changes[i](changed);
    EXPECT_FALSE(CompleteEnrollment(host_->SignAnswer(request, changed)).ok()) << i;
  }
  for (const std::string& object : TokenObjects()) EXPECT_THAT(object, HasSubstr("private"));
  SIGNET_ASSERT_OK(CompleteEnrollment(true_response).status());
  SIGNET_ASSERT_OK(AskForPayee("coffee").status());
}

TEST_F(EnrollmentTest, AnEnrolledTokenWithoutItsStateIsNotOverwritten) {
  Enroll();
  const std::vector<std::string> objects = TokenObjects();
  agent_.reset();
  std::filesystem::remove(state_folder_.File("state"));
  RestartAgent();
  const auto begun = agent_->BeginEnrollment(EnrollmentRequest(), nullptr);
  EXPECT_EQ(begun.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(TokenObjects(), objects);
}

TEST_F(EnrollmentTest, WithoutAUsableDeviceCaNothingIsEnrolled) {
  const auto expect_refused = [](const absl::Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr("--device-ca"));
  };
  const auto key = openssl::P256PrivateKey::Generate().value();
  openssl::CertificateSpec expired;
  expired.profile = openssl::CertificateProfile::kSigningCa;
  expired.common_name = "expired";
  expired.not_after_unix_s = 1;
  expired.public_key_spki_der = key->PublicKeyDer();
  for (const std::string& ca : {std::string(), *openssl::IssueCertificate(expired, "", *key)}) {
    device_ca_ = ca;
    RestartAgent();
    expect_refused(agent_->BeginEnrollment(EnrollmentRequest(), nullptr).status());
    EXPECT_TRUE(TokenObjects().empty());
    EXPECT_TRUE(person_.prompts.empty());
  }
  device_ca_ = host_->device_ca();
  RestartAgent();
  const EnrollmentResponse response = *host_->Enroll(BeginEnrollment());
  device_ca_ = "";
  RestartAgent();
  expect_refused(CompleteEnrollment(response).status());
  device_ca_ = host_->device_ca();
  RestartAgent();
  SIGNET_ASSERT_OK(CompleteEnrollment(response).status());
}

TEST_F(EnrollmentTest, AnEnrolledDeviceNeedsNoDeviceCaAndIgnoresANewOne) {
  const EnrollmentResponse response = *host_->Enroll(BeginEnrollment());
  SIGNET_ASSERT_OK(CompleteEnrollment(response).status());
  for (const std::string& ca : {std::string(), SoftwareHost(*server_session_).device_ca()}) {
    device_ca_ = ca;
    RestartAgent();
    SIGNET_ASSERT_OK(CompleteEnrollment(response).status());
    SIGNET_ASSERT_OK(AskForPayee("coffee").status());
  }
}

TEST_F(EnrollmentTest, NothingIsDoneBeforeEnrollment) {
  EXPECT_EQ(AskForPayee("coffee").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Begin().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Confirm("00000001-00000001", {}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(CompleteEnrollment({}).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(IsPaymentOpen());
  const auto module = agent_->DescribeModule({}, nullptr);
  SIGNET_ASSERT_OK(module.status());
  EXPECT_FALSE(module->enrolled());
  EXPECT_EQ(module->keys_size(), 0);
}

TEST_F(EnrollmentTest, ThePersonCanRefuse) {
  person_.pins.clear();
  EXPECT_EQ(agent_->BeginEnrollment(EnrollmentRequest(), nullptr).status().code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace signet::hsm_agent
