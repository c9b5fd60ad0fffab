// A device's message through the service and back: opened, verified, processed, signed and sealed.
#include <gtest/gtest.h>

#include "absl/cleanup/cleanup.h"
#include "absl/time/clock.h"
#include "libs/digests/digests.h"
#include "tests/integration/crypto/crypto_harness.h"
#include "tests/integration/crypto/server_token.h"

namespace signet::crypto {
namespace {

using sealing::v1::MessageType;

RecordingPlatform::Processor Answering(MessageType type, const std::string& body) {
  return [=](const platform::v1::ProcessRequest&, platform::v1::ProcessResponse& response) {
    response.set_answer_type(type);
    response.set_answer_body(body);
    return grpc::Status::OK;
  };
}

TEST(ExchangeTest, AQueryComesBackAnswered) {
  CryptoHarness harness;
  const SoftwareDevice device = harness.AddDevice(7);
  harness.platform().SetProcessor(Answering(MessageType::MESSAGE_TYPE_QUERY_RESULT, "result"));

  const auto message = device.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query");
  const auto answer = harness.Exchange(message, 7);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();

  const auto opened = device.Open(answer.message);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->header.type, MessageType::MESSAGE_TYPE_QUERY_RESULT);
  EXPECT_EQ(opened->header.ksn, (dukpt::KeySerialNumber{kTestBdkId, 7, 1}));
  EXPECT_EQ(opened->body, "result");
  EXPECT_EQ(opened->signature, "");
  EXPECT_TRUE(harness.AllLeft());
}

TEST(ExchangeTest, ThePlatformGetsWhatWasSignedAndTheEvidence) {
  CryptoHarness harness;
  SoftwareDevice device = harness.AddDevice(0x80000001);
  harness.platform().SetProcessor(
      Answering(MessageType::MESSAGE_TYPE_PAYMENT_AUTHORIZATION, "authorization"));

  const auto message =
      device.Seal(MessageType::MESSAGE_TYPE_PAYMENT_INSTRUCTION, 0xFFFF0000, "instruction");
  const auto answer = harness.Exchange(message, 0x80000001);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(device.Open(answer.message)->body, "authorization");

  const auto processed = harness.platform().processed();
  ASSERT_EQ(processed.size(), 1u);
  EXPECT_EQ(processed[0].device_id(), 0x80000001u);
  EXPECT_EQ(processed[0].counter(), 0xFFFF0000u);
  EXPECT_EQ(processed[0].type(), MessageType::MESSAGE_TYPE_PAYMENT_INSTRUCTION);
  EXPECT_EQ(processed[0].header(), message.header());
  EXPECT_EQ(processed[0].body(), "instruction");
  auto key = openssl::ParseP256PublicKey(device.public_key_der()).value();
  EXPECT_TRUE(key->VerifyDigest(MessageDigest(processed[0].header(), processed[0].body()),
                                processed[0].signature())
                  .ok());
}

TEST(ExchangeTest, AReceiptIsSignedByTheReceiptKey) {
  CryptoHarness harness;
  const SoftwareDevice device = harness.AddDevice(7);
  harness.platform().SetProcessor(Answering(MessageType::MESSAGE_TYPE_RECEIPT, "receipt"));
  const auto answer = harness.Exchange(
      device.Seal(MessageType::MESSAGE_TYPE_PAYMENT_CONFIRMATION, 5, "confirmation"), 7);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  const auto opened = device.Open(answer.message);
  ASSERT_TRUE(opened.ok()) << opened.status();
  auto receipt_key = openssl::ParseP256PublicKey(harness.hsm().receipt_public_der()).value();
  EXPECT_TRUE(receipt_key->VerifyDigest(ReceiptDigest("receipt"), opened->signature).ok());
  EXPECT_FALSE(receipt_key->VerifyDigest(ReceiptDigest("another"), opened->signature).ok());
  EXPECT_EQ(harness.Metric("signet_hsm_operations_total{op=\"sign_receipt\",result=\"ok\"}"), 1);
}

TEST(ExchangeTest, TheSameMessageIsAnsweredAgainSealedAnew) {
  CryptoHarness harness;
  const SoftwareDevice device = harness.AddDevice(7);
  harness.platform().SetProcessor(Answering(MessageType::MESSAGE_TYPE_DECLINE, "declined"));
  const auto message = device.Seal(MessageType::MESSAGE_TYPE_PAYMENT_INSTRUCTION, 9, "pay");
  const auto first = harness.Exchange(message, 7);
  const auto second = harness.Exchange(message, 7);
  ASSERT_TRUE(first.status.ok() && second.status.ok());
  EXPECT_NE(first.message.nonce(), second.message.nonce());
  EXPECT_EQ(device.Open(first.message)->body, device.Open(second.message)->body);
}

TEST(ExchangeTest, ADevicesKeyIsFetchedOnce) {
  CryptoHarness harness;
  const SoftwareDevice device = harness.AddDevice(7);
  harness.platform().SetProcessor(Answering(MessageType::MESSAGE_TYPE_QUERY_RESULT, "result"));
  for (uint32_t counter = 1; counter <= 3; ++counter) {
    const auto message = device.Seal(MessageType::MESSAGE_TYPE_QUERY, counter, "query");
    ASSERT_TRUE(harness.Exchange(message, 7).status.ok());
  }
  EXPECT_EQ(harness.platform().devices_asked(), 1);
}

TEST(ExchangeTest, TheModuleIsOpenedAnewWithoutLosingAMessage) {
  HarnessLimits limits;
  limits.objects_per_session = 10;
  TestServerToken().token().Unload();  // only the last user finalizes the module
  const auto reload =
      absl::MakeCleanup([] { ASSERT_TRUE(TestServerToken().token().Reload().ok()); });
  {
    CryptoHarness harness(limits);
    const SoftwareDevice device = harness.AddDevice(7);
    harness.platform().SetProcessor(Answering(MessageType::MESSAGE_TYPE_QUERY_RESULT, "result"));
    for (uint32_t counter = 1; counter <= 20; ++counter) {
      const auto message = device.Seal(MessageType::MESSAGE_TYPE_QUERY, counter, "query");
      const auto answer = harness.Exchange(message, 7);
      ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
      ASSERT_TRUE(device.Open(answer.message).ok());
    }
    EXPECT_GE(harness.Metric("signet_hsm_reopens_total"), 4);
    EXPECT_EQ(harness.Metric("signet_hsm_up"), 1);
  }
}

TEST(ExchangeTest, ALostLoginIsRegainedWithoutLosingAMessage) {
  HarnessLimits limits;
  limits.reopen_pause = limits.proof_interval = std::chrono::milliseconds(20);
  CryptoHarness harness(limits);
  const SoftwareDevice device = harness.AddDevice(7);
  harness.platform().SetProcessor(Answering(MessageType::MESSAGE_TYPE_QUERY_RESULT, "result"));
  // A logout anywhere in the process logs out everywhere (PKCS#11 v2.40, 5.6).
  ASSERT_TRUE(TestServerToken().token().LoggedIn().value()->Logout().ok());
  const auto answer = harness.Exchange(device.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query"), 7);
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(harness.Metric("signet_hsm_reopens_total"), 1);

  ASSERT_TRUE(TestServerToken().token().LoggedIn().value()->Logout().ok());
  // An idle service finds out by itself.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (harness.Metric("signet_hsm_reopens_total") < 2 && std::chrono::steady_clock::now() < end) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(harness.Metric("signet_hsm_reopens_total"), 2);
  EXPECT_EQ(harness.Metric("signet_hsm_up"), 1);
}

// What stays can only derive further keys, inside the module.
TEST(ExchangeTest, NoWorkingKeyOutlivesItsExchange) {
  CryptoHarness harness;
  const SoftwareDevice device = harness.AddDevice(7);
  harness.platform().SetProcessor(Answering(MessageType::MESSAGE_TYPE_RECEIPT, "receipt"));
  const auto message =
      device.Seal(MessageType::MESSAGE_TYPE_PAYMENT_CONFIRMATION, 0x0F0F, "confirmation");
  ASSERT_TRUE(harness.Exchange(message, 7).status.ok());
  auto session = TestServerToken().token().LoggedIn().value();
  pkcs11::ObjectFilter everything;
  everything.token_objects_only = false;
  int kept = 0;
  const auto objects = session->Find(everything);
  ASSERT_TRUE(objects.ok()) << objects.status();
  for (const pkcs11::ObjectHandle object : *objects) {
    const pkcs11::KeyDescription key = session->Describe(object).value();
    if (key.on_token) continue;
    ++kept;
    EXPECT_TRUE(key.sensitive && !key.extractable && !key.modifiable && !key.copyable);
    EXPECT_EQ(key.usages, std::vector<pkcs11::Usage>{pkcs11::Usage::kDerive});
    EXPECT_EQ(key.allowed_mechanisms,
              std::vector<pkcs11::Mechanism>{pkcs11::Mechanism::kAesEcbEncryptData});
  }
  EXPECT_EQ(kept, 9);  // the initial key and the way along eight one bits
}

}  // namespace
}  // namespace signet::crypto
