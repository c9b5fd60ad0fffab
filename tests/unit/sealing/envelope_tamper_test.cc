// Every single bit of a sealed message, changed on its way: refused, always with the same answer.
#include <functional>

#include "gtest/gtest.h"
#include "libs/openssl/aes.h"
#include "libs/sealing/envelope.h"

namespace signet::sealing {
namespace {

std::unique_ptr<MessageKey> Key(const char* value) {
  return openssl::CreateMessageKey(Secret(value)).value();
}

class Tampered : public ::testing::TestWithParam<v1::MessageType> {
 protected:
  // As a receiver does it, with the right key whatever the header says.
  absl::Status Receive(const v1::SealedMessage& message) {
    const auto header = ParseHeader(message);
    if (!header.ok()) return header.status();
    return Open(message, *header, *key_).status();
  }
  void ExpectEveryFlipRefused(const std::function<std::string*(v1::SealedMessage&)>& field) {
    const size_t bits = field(message_)->size() * 8;
    ASSERT_GT(bits, 0u);
    for (size_t bit = 0; bit < bits; ++bit) {
      v1::SealedMessage changed = message_;
      char& byte = (*field(changed))[bit / 8];
      byte = static_cast<char>(byte ^ (1 << (bit % 8)));
      ASSERT_EQ(Receive(changed), Refused()) << "bit " << bit;
    }
  }

  std::unique_ptr<MessageKey> key_ = Key("a message key of 32 bytes.......");
  bool has_signature_ = IsSigned(GetParam()) || GetParam() == v1::MESSAGE_TYPE_RECEIPT;
  v1::SealedMessage message_ =
      Seal(SerializeHeader({GetParam(), {0x5167, 0x2a, 0x11}}), "12.50 EUR to corner-coffee",
           std::string(has_signature_ ? kSignatureBytes : 0, 's'), *key_)
          .value();
};

TEST_P(Tampered, UnchangedIsOpened) { EXPECT_TRUE(Receive(message_).ok()); }

TEST_P(Tampered, EveryBitOfTheHeader) {
  ExpectEveryFlipRefused([](v1::SealedMessage& m) { return m.mutable_header(); });
}
TEST_P(Tampered, EveryBitOfTheNonce) {
  ExpectEveryFlipRefused([](v1::SealedMessage& m) { return m.mutable_nonce(); });
}
TEST_P(Tampered, EveryBitOfTheCiphertextAndTag) {
  ExpectEveryFlipRefused([](v1::SealedMessage& m) { return m.mutable_ciphertext(); });
}

TEST_P(Tampered, EveryCutAndEveryAddedByte) {
  const std::string whole = message_.ciphertext();
  for (size_t size = 0; size < whole.size(); ++size) {
    message_.set_ciphertext(whole.substr(0, size));
    ASSERT_EQ(Receive(message_), Refused());
  }
  message_.set_ciphertext(whole + '\0');
  EXPECT_EQ(Receive(message_), Refused());
}

TEST_P(Tampered, AnotherKey) {
  key_ = Key("another message key of 32 bytes.");
  EXPECT_EQ(Receive(message_), Refused());
}

TEST_P(Tampered, AnotherTypesHeaderOnTheSameCiphertext) {
  for (int type = 0; type <= v1::MessageType_MAX; ++type) {
    if (type == GetParam()) continue;
    v1::SealedMessage changed = message_;
    changed.set_header(SerializeHeader({static_cast<v1::MessageType>(type), {0x5167, 0x2a, 0x11}}));
    EXPECT_EQ(Receive(changed), Refused());
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Tampered,
                         ::testing::Values(v1::MESSAGE_TYPE_QUERY, v1::MESSAGE_TYPE_QUERY_RESULT,
                                           v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION,
                                           v1::MESSAGE_TYPE_PAYMENT_AUTHORIZATION,
                                           v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION,
                                           v1::MESSAGE_TYPE_RECEIPT, v1::MESSAGE_TYPE_DECLINE),
                         [](const ::testing::TestParamInfo<v1::MessageType>& param) {
                           return v1::MessageType_Name(param.param);
                         });

}  // namespace
}  // namespace signet::sealing
