#include "services/gateway/message_check.h"

#include <string>

#include "gtest/gtest.h"

namespace signet::gateway {
namespace {

constexpr uint32_t kDevice = 0x01020304;

sealing::v1::SealedMessage WithKsn(const std::string& ksn) {
  sealing::v1::MessageHeader header;
  header.set_ksn(ksn);
  sealing::v1::SealedMessage message;
  message.set_header(header.SerializeAsString());
  return message;
}

Verdict VerdictOf(const sealing::v1::SealedMessage& message) {
  return CheckMessage(message, kDevice).verdict;
}

TEST(MessageCheckTest, TheHeadersDeviceMustBeTheChannels) {
  EXPECT_EQ(VerdictOf(WithKsn("BDK0\x01\x02\x03\x04"
                              "cccc")),
            Verdict::kPass);
  EXPECT_EQ(VerdictOf(WithKsn("BDK0\x01\x02\x03\x05"
                              "cccc")),
            Verdict::kWrongChannel);
  EXPECT_EQ(VerdictOf(WithKsn("\x01\x02\x03\x04"
                              "BDK0cccc")),
            Verdict::kWrongChannel);
}

TEST(MessageCheckTest, AHeaderWithoutAKsnIsBad) {
  for (const std::string& ksn : {std::string(),
                                 std::string("BDK0\x01\x02\x03\x04"
                                             "ccc"),
                                 std::string("BDK0\x01\x02\x03\x04"
                                             "ccccc")}) {
    EXPECT_EQ(VerdictOf(WithKsn(ksn)), Verdict::kBadHeader);
  }
  sealing::v1::SealedMessage garbled;
  garbled.set_header("\xff");
  EXPECT_EQ(VerdictOf(garbled), Verdict::kBadHeader);
  EXPECT_EQ(VerdictOf({}), Verdict::kBadHeader);
}

TEST(MessageCheckTest, TheSizeLimitIsOfTheWholeMessage) {
  sealing::v1::SealedMessage message = WithKsn(
      "BDK0\x01\x02\x03\x04"
      "cccc");
  message.set_ciphertext(std::string(kMaxSealedMessageBytes - 100, 'x'));
  while (message.ByteSizeLong() < kMaxSealedMessageBytes)
    message.mutable_ciphertext()->push_back('x');
  ASSERT_EQ(message.ByteSizeLong(), kMaxSealedMessageBytes);
  EXPECT_EQ(VerdictOf(message), Verdict::kPass);
  message.mutable_ciphertext()->push_back('x');
  EXPECT_EQ(VerdictOf(message), Verdict::kOversized);
}

TEST(MessageCheckTest, OnlyAConfirmationEndsAPayment) {
  using sealing::v1::MessageType;
  for (int type = sealing::v1::MessageType_MIN; type <= sealing::v1::MessageType_MAX; ++type) {
    sealing::v1::MessageHeader header;
    header.set_type(static_cast<MessageType>(type));
    header.set_ksn(
        "BDK0\x01\x02\x03\x04"
        "cccc");
    sealing::v1::SealedMessage message;
    message.set_header(header.SerializeAsString());
    EXPECT_EQ(CheckMessage(message, kDevice).ends_payment,
              type == sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION);
  }
  sealing::v1::SealedMessage garbled;
  garbled.set_header("\xff");
  EXPECT_FALSE(CheckMessage(garbled, kDevice).ends_payment);
}

}  // namespace
}  // namespace signet::gateway
