// What is on a device's token, attribute by attribute, at each stage. Nothing else may be there.
#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/dukpt/key_serial_number.h"
#include "tests/integration/hsm_agent/agent_test.h"

namespace signet::hsm_agent {
namespace {

using ::testing::UnorderedElementsAreArray;

constexpr char kSigning[] =
    "device-signing 01 private EC-P256: token private sensitive never-extractable local "
    "always-authenticate +sign CKM_ECDSA";
constexpr char kTransport[] =
    "transport 02 private RSA-3072: token private sensitive never-extractable local +unwrap "
    "CKM_RSA_PKCS_OAEP";
constexpr char kReceiptKey[] = "receipt-key 03 public EC-P256: token +verify CKM_ECDSA";
constexpr char kDeviceCa[] = "device-ca 04 public EC-P256: token +verify CKM_ECDSA";

std::string Ksn(uint32_t counter) {
  return ToHex(dukpt::Serialize({SoftwareHost::kBdkId, SoftwareHost::kDeviceId, counter}));
}

std::string Register(uint32_t counter) {
  return absl::StrCat("dukpt-register ", Ksn(counter),
                      " secret AES-256: token private sensitive +derive CKM_AES_ECB_ENCRYPT_DATA");
}

std::string WorkingKey(const char* label, uint32_t counter, const char* home, const char* usage) {
  return absl::StrCat(label, " ", Ksn(counter), " secret AES-256: ", home, "private sensitive ",
                      usage, " CKM_AES_GCM");
}

std::vector<std::string> Enrolled(const std::vector<uint32_t>& registers) {
  std::vector<std::string> objects{kSigning, kReceiptKey, kDeviceCa};
  for (const uint32_t counter : registers) objects.push_back(Register(counter));
  return objects;
}

std::vector<uint32_t> PowersOfTwoFrom(uint32_t first) {
  std::vector<uint32_t> powers;
  for (uint32_t power = first; power != 0; power <<= 1) powers.push_back(power);
  return powers;
}

TEST_F(AgentTest, BetweenTheHalvesOfEnrollmentThereAreTwoPrivateKeys) {
  SIGNET_ASSERT_OK(agent_->BeginEnrollment(EnrollmentRequest(), nullptr).status());
  EXPECT_THAT(TokenObjects(), UnorderedElementsAreArray({kSigning, kTransport}));
  EXPECT_THAT(TokenObjects(true), UnorderedElementsAreArray({kSigning, kTransport}));
}

TEST_F(EnrolledAgentTest, AfterEnrollmentThereIsNothingToTakeInAnotherInitialKey) {
  EXPECT_THAT(TokenObjects(), UnorderedElementsAreArray(Enrolled(PowersOfTwoFrom(1))));
  EXPECT_THAT(TokenObjects(true), UnorderedElementsAreArray(Enrolled(PowersOfTwoFrom(1))));
}

TEST_F(EnrolledAgentTest, AnOpenPaymentHasItsTwoKeysAndAQueryHasNoneOnTheToken) {
  device::v1::BeginQueryRequest query;
  query.mutable_query()->mutable_payee()->set_payee("coffee");
  SIGNET_ASSERT_OK(agent_->BeginQuery(query, nullptr).status());
  std::vector<std::string> expected = Enrolled(PowersOfTwoFrom(2));
  EXPECT_THAT(TokenObjects(), UnorderedElementsAreArray(expected));
  expected.push_back(WorkingKey("query-request", 1, "", "+encrypt"));
  expected.push_back(WorkingKey("query-response", 1, "", "+decrypt"));
  EXPECT_THAT(TokenObjects(true), UnorderedElementsAreArray(expected));

  SIGNET_ASSERT_OK(AskForPayee("coffee").status());  // counter 2, leaves register 3
  const auto begun = Begin();
  SIGNET_ASSERT_OK(begun.status());
  EXPECT_EQ(begun->payment_id(), "00000001-00000003");
  expected = Enrolled(PowersOfTwoFrom(4));
  expected.push_back(WorkingKey("payment-request", 3, "token ", "+encrypt"));
  expected.push_back(WorkingKey("payment-response", 3, "token ", "+decrypt"));
  EXPECT_THAT(TokenObjects(), UnorderedElementsAreArray(expected));

  const auto answer = host_->Exchange(ConfirmOrFail(*begun));
  SIGNET_ASSERT_OK(answer.status());
  SIGNET_ASSERT_OK(Complete(begun->payment_id(), *answer).status());
  EXPECT_THAT(TokenObjects(), UnorderedElementsAreArray(Enrolled(PowersOfTwoFrom(4))));
}

}  // namespace
}  // namespace signet::hsm_agent
