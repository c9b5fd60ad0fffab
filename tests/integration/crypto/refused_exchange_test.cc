// Whatever cannot be authenticated gets one and the same answer, byte for byte; only the metric
// tells the reasons apart.
#include <gtest/gtest.h>

#include "libs/openssl/random.h"
#include "tests/integration/crypto/crypto_harness.h"
#include "tests/integration/crypto/server_token.h"

namespace signet::crypto {
namespace {

using sealing::v1::MessageType;
using sealing::v1::SealedMessage;

class RefusedExchangeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    harness_.platform().SetProcessor(
        [](const platform::v1::ProcessRequest&, platform::v1::ProcessResponse& response) {
          response.set_answer_type(MessageType::MESSAGE_TYPE_PAYMENT_AUTHORIZATION);
          response.set_answer_body("authorization");
          return grpc::Status::OK;
        });
  }

  SealedMessage Instruction(uint32_t counter) const {
    return device_.Seal(MessageType::MESSAGE_TYPE_PAYMENT_INSTRUCTION, counter, "pay");
  }

  void ExpectRefused(const SealedMessage& message, uint32_t channel, const std::string& reason) {
    const double before = harness_.Rejected(reason);
    const size_t processed = harness_.platform().processed().size();
    ExpectUniform(harness_.Exchange(message, channel));
    EXPECT_EQ(harness_.Rejected(reason), before + 1) << reason;
    EXPECT_EQ(harness_.platform().processed().size(), processed) << "reached the platform";
    EXPECT_TRUE(harness_.AllLeft());
  }

  static void ExpectUniform(const CryptoHarness::Answer& answer) {
    EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(answer.status.error_message(), "message refused");
    EXPECT_EQ(answer.status.error_details(), "");
    EXPECT_EQ(answer.message.ByteSizeLong(), 0u);
  }

  CryptoHarness harness_;
  SoftwareDevice device_ = harness_.AddDevice(7);
};

TEST_F(RefusedExchangeTest, TheMessageItselfIsAccepted) {
  EXPECT_TRUE(harness_.Exchange(Instruction(1), 7).status.ok());
}

TEST_F(RefusedExchangeTest, EveryFlippedBit) {
  const SealedMessage good = Instruction(3);
  for (std::string* (SealedMessage::*part)() :
       {&SealedMessage::mutable_header, &SealedMessage::mutable_nonce,
        &SealedMessage::mutable_ciphertext}) {
    SealedMessage original = good;
    const size_t bits = (original.*part)()->size() * 8;
    for (size_t bit = 0; bit < bits; ++bit) {
      SealedMessage changed = good;
      std::string& bytes = *(changed.*part)();
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
      SCOPED_TRACE(bit);
      ExpectUniform(harness_.Exchange(changed, 7));
    }
  }
  EXPECT_TRUE(harness_.platform().processed().empty());
  EXPECT_TRUE(harness_.Exchange(good, 7).status.ok());
}

TEST_F(RefusedExchangeTest, ATagThatDoesNotFit) {
  SealedMessage message = Instruction(3);
  message.mutable_ciphertext()->back() = static_cast<char>(message.ciphertext().back() ^ 1);
  ExpectRefused(message, 7, "bad_tag");
}

TEST_F(RefusedExchangeTest, AnotherDevicesChannel) {
  harness_.AddDevice(8);
  ExpectRefused(Instruction(1), 8, "wrong_channel");
}

TEST_F(RefusedExchangeTest, AnUnknownDevice) {
  const SoftwareDevice stranger(TestServerToken().bdk(), kTestBdkId, 99);
  ExpectRefused(stranger.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query"), 99, "unknown_device");
}

TEST_F(RefusedExchangeTest, AnotherBdk) {
  const SoftwareDevice other_id(TestServerToken().bdk(), kTestBdkId + 1, 7);
  ExpectRefused(other_id.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query"), 7, "unknown_bdk");
  const SoftwareDevice other_key(openssl::RandomSecret(32), kTestBdkId, 7);
  ExpectRefused(other_key.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query"), 7, "bad_tag");
}

TEST_F(RefusedExchangeTest, ASignatureOfAnotherDevice) {
  SoftwareDevice other = harness_.AddDevice(8);
  const auto message =
      device_.Seal(MessageType::MESSAGE_TYPE_PAYMENT_INSTRUCTION, 1, "pay", &other.signing_key());
  ExpectRefused(message, 7, "bad_signature");
}

TEST_F(RefusedExchangeTest, ASignatureOverSomethingElse) {
  class WrongDigest final : public SigningKey {
   public:
    explicit WrongDigest(SigningKey& key) : key_(key) {}
    absl::StatusOr<std::string> SignDigest(std::string_view) override {
      return key_.SignDigest(std::string(32, 'x'));
    }

   private:
    SigningKey& key_;
  };
  WrongDigest signer(device_.signing_key());
  ExpectRefused(device_.Seal(MessageType::MESSAGE_TYPE_PAYMENT_INSTRUCTION, 1, "pay", &signer), 7,
                "bad_signature");
}

TEST_F(RefusedExchangeTest, TheHostsAnswerSentBackAsARequest) {
  const auto answer = harness_.Exchange(Instruction(1), 7);
  ASSERT_TRUE(answer.status.ok());
  ExpectRefused(answer.message, 7, "wrong_type");
  // Dressed as a request it is still sealed with the other direction's key.
  SealedMessage dressed = answer.message;
  dressed.set_header(Instruction(1).header());
  ExpectRefused(dressed, 7, "bad_tag");
}

TEST_F(RefusedExchangeTest, AnInstructionRelabelledAsAnUnsignedQuery) {
  SealedMessage message = Instruction(1);
  message.set_header(
      sealing::SerializeHeader({MessageType::MESSAGE_TYPE_QUERY, {kTestBdkId, 7, 1}}));
  ExpectRefused(message, 7, "bad_tag");
}

TEST_F(RefusedExchangeTest, AnOversizedMessage) {
  SealedMessage message = Instruction(1);
  message.set_ciphertext(std::string(sealing::kMaxSealedMessageBytes + 1, 'c'));
  ExpectRefused(message, 7, "oversized");
  EXPECT_EQ(harness_.Metric("signet_hsm_operations_total{op=\"open\",result=\"refused\"}"), 0)
      << "a key was derived for it";
}

TEST_F(RefusedExchangeTest, AnEmptyMessage) { ExpectRefused({}, 7, "bad_header"); }

TEST_F(RefusedExchangeTest, ARegistryThatGivesAnotherDevicesCertificate) {
  const SoftwareDevice victim(TestServerToken().bdk(), kTestBdkId, 21);
  harness_.platform().SetCertificate(21,
                                     harness_.IssueDeviceCertificate(22, victim.public_key_der()));
  ExpectRefused(victim.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query"), 21, "bad_certificate");
}

TEST_F(RefusedExchangeTest, APlatformThatRefusesLooksTheSame) {
  const std::pair<grpc::StatusCode, const char*> refusals[] = {
      {grpc::StatusCode::PERMISSION_DENIED, "counter"},
      {grpc::StatusCode::NOT_FOUND, "unknown_device"},
      {grpc::StatusCode::INVALID_ARGUMENT, "bad_body"}};
  for (const auto& [code, reason] : refusals) {
    harness_.platform().SetProcessor(
        [code = code](const platform::v1::ProcessRequest&, platform::v1::ProcessResponse&) {
          return grpc::Status(code, "the platform's own words");
        });
    const double before = harness_.Rejected(reason);
    ExpectUniform(harness_.Exchange(Instruction(1), 7));
    EXPECT_EQ(harness_.Rejected(reason), before + 1) << reason;
  }
  EXPECT_TRUE(harness_.AllLeft());
}

}  // namespace
}  // namespace signet::crypto
