#include "libs/sealing/envelope.h"

#include "gtest/gtest.h"
#include "libs/digests/digests.h"
#include "libs/openssl/aes.h"
#include "libs/openssl/p256.h"

namespace signet::sealing {
namespace {

constexpr v1::MessageType kAllTypes[] = {
    v1::MESSAGE_TYPE_QUERY,
    v1::MESSAGE_TYPE_QUERY_RESULT,
    v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION,
    v1::MESSAGE_TYPE_PAYMENT_AUTHORIZATION,
    v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION,
    v1::MESSAGE_TYPE_RECEIPT,
    v1::MESSAGE_TYPE_DECLINE,
};

bool CarriesSignature(v1::MessageType type) {
  return IsSigned(type) || type == v1::MESSAGE_TYPE_RECEIPT;
}

class Envelope : public ::testing::Test {
 protected:
  static Header HeaderOf(v1::MessageType type) { return {type, {0x5167, 0x2a, 0x11}}; }
  // Fills in what every test starts from, so that each changes one thing.
  static v1::MessageHeader Wire(v1::MessageType type) {
    v1::MessageHeader wire;
    EXPECT_TRUE(wire.ParseFromString(SerializeHeader(HeaderOf(type))));
    return wire;
  }
  v1::SealedMessage Sealed(v1::MessageType type, const std::string& body = "body") {
    const std::string signature(CarriesSignature(type) ? kSignatureBytes : 0, 's');
    return Seal(SerializeHeader(HeaderOf(type)), body, signature, *key_).value();
  }
  // What a holder of the key could send who does not use Seal.
  v1::SealedMessage SealedRaw(const std::string& header, const std::string& plaintext) {
    const GcmOutput sealed = key_->Seal(header, plaintext).value();
    v1::SealedMessage message;
    message.set_header(header);
    message.set_nonce(sealed.nonce);
    message.set_ciphertext(sealed.ciphertext);
    return message;
  }
  void ExpectHeaderRefused(const std::string& header, const std::string& why) {
    const v1::SealedMessage message = SealedRaw(header, v1::SignedBody().SerializeAsString());
    EXPECT_EQ(CheckHeader(message), why);
    EXPECT_EQ(ParseHeader(message).status(), Refused());
    EXPECT_EQ(Open(message, HeaderOf(v1::MESSAGE_TYPE_QUERY), *key_).status(), Refused());
    EXPECT_EQ(Seal(header, "body", "", *key_).status().code(), absl::StatusCode::kInvalidArgument);
  }

  std::unique_ptr<MessageKey> key_ =
      openssl::CreateMessageKey(Secret("a message key of 32 bytes.......")).value();
};

TEST_F(Envelope, OpensWhatItSealed) {
  for (const v1::MessageType type : kAllTypes) {
    const v1::SealedMessage message = Sealed(type);
    EXPECT_EQ(CheckHeader(message), "");
    const auto header = ParseHeader(message);
    ASSERT_TRUE(header.ok()) << v1::MessageType_Name(type);
    EXPECT_EQ(header->type, type);
    EXPECT_EQ(header->ksn, HeaderOf(type).ksn);
    const auto opened = Open(message, *header, *key_);
    ASSERT_TRUE(opened.ok()) << v1::MessageType_Name(type);
    EXPECT_EQ(opened->body, "body");
    EXPECT_EQ(opened->signature.size(), CarriesSignature(type) ? kSignatureBytes : 0);
  }
}

TEST_F(Envelope, DeviceSignsInstructionAndConfirmationOnly) {
  for (const v1::MessageType type : kAllTypes) {
    EXPECT_EQ(IsSigned(type), type == v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION ||
                                  type == v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION);
    EXPECT_EQ(IsFromDevice(type), IsSigned(type) || type == v1::MESSAGE_TYPE_QUERY);
  }
  EXPECT_FALSE(IsFromDevice(v1::MESSAGE_TYPE_UNSPECIFIED));
  EXPECT_FALSE(IsSigned(v1::MESSAGE_TYPE_UNSPECIFIED));
}

TEST_F(Envelope, RefusesASignatureWhereNoneBelongsAndNoneWhereOneDoes) {
  for (const v1::MessageType type : kAllTypes) {
    const std::string header = SerializeHeader(HeaderOf(type));
    for (const size_t size : {size_t{0}, size_t{1}, size_t{63}, size_t{64}, size_t{65}}) {
      const bool fits = size == (CarriesSignature(type) ? kSignatureBytes : 0);
      v1::SignedBody body;
      body.set_body("body");
      body.set_signature(std::string(size, 's'));
      const v1::SealedMessage message = SealedRaw(header, body.SerializeAsString());
      const auto opened = Open(message, HeaderOf(type), *key_);
      EXPECT_EQ(opened.ok(), fits) << v1::MessageType_Name(type) << " with " << size;
      if (!fits) {
        EXPECT_EQ(opened.status(), Refused());
      }
      const auto sealed = Seal(header, "body", std::string(size, 's'), *key_);
      EXPECT_EQ(sealed.ok(), fits);
      if (!fits) {
        EXPECT_EQ(sealed.status().code(), absl::StatusCode::kInvalidArgument);
      }
    }
  }
}

TEST_F(Envelope, RefusesEveryOtherHeader) {
  const v1::MessageHeader good = Wire(v1::MESSAGE_TYPE_QUERY);
  v1::MessageHeader wire = good;
  for (const uint32_t version : {0u, 2u, 0xFFFFFFFFu}) {
    wire.set_version(version);
    ExpectHeaderRefused(wire.SerializeAsString(), "version");
  }
  wire = good;
  for (const int suite : {0, 2, 3, 99}) {
    wire.set_suite(static_cast<v1::Suite>(suite));
    ExpectHeaderRefused(wire.SerializeAsString(), "suite");
  }
  wire = good;
  for (const int type : {0, 8, -1}) {
    wire.set_type(static_cast<v1::MessageType>(type));
    ExpectHeaderRefused(wire.SerializeAsString(), "type");
  }
  wire = good;
  for (const uint32_t counter : {0u, 0x0001FFFFu, 0xFFFFFFFFu}) {
    wire.set_ksn(dukpt::Serialize({1, 2, counter}));
    ExpectHeaderRefused(wire.SerializeAsString(), "ksn");
  }
  for (const size_t size : {size_t{0}, size_t{11}, size_t{13}}) {
    wire.set_ksn(std::string(size, '\1'));
    ExpectHeaderRefused(wire.SerializeAsString(), "ksn");
  }
  ExpectHeaderRefused("", "version");
}

TEST_F(Envelope, RefusesEveryOtherEncodingOfAHeader) {
  const std::string good = SerializeHeader(HeaderOf(v1::MESSAGE_TYPE_QUERY));
  ExpectHeaderRefused(good + std::string("\x28\x01", 2), "header_encoding");   // unknown field 5
  ExpectHeaderRefused(good + std::string("\x08\x01", 2), "header_encoding");   // version again
  ExpectHeaderRefused(good.substr(2) + good.substr(0, 2), "header_encoding");  // reordered
  ExpectHeaderRefused(std::string("\x08\x81\x00", 3) + good.substr(2), "header_encoding");
  ExpectHeaderRefused(good.substr(0, good.size() - 1), "header_encoding");  // cut off
  ExpectHeaderRefused("\xff\xff\xff", "header_encoding");
}

TEST_F(Envelope, RefusesEveryOtherLengthOfNonceAndTag) {
  const Header header = HeaderOf(v1::MESSAGE_TYPE_QUERY);
  for (size_t size = 0; size < 32; ++size) {
    v1::SealedMessage message = Sealed(header.type);
    message.mutable_nonce()->resize(size);
    EXPECT_EQ(ParseHeader(message).ok(), size == kNonceBytes);
    message = Sealed(header.type, std::string(100, 'b'));
    message.mutable_ciphertext()->resize(size);
    EXPECT_EQ(ParseHeader(message).ok(), size >= kTagBytes);
    EXPECT_EQ(Open(message, header, *key_).status(), Refused());
  }
}

TEST_F(Envelope, RefusesUnknownFieldsOutsideAndInside) {
  const Header header = HeaderOf(v1::MESSAGE_TYPE_QUERY);
  v1::SealedMessage message = Sealed(header.type);
  ASSERT_TRUE(message.MergeFromString(std::string("\x28\x01", 2)));
  EXPECT_EQ(CheckHeader(message), "message_encoding");
  EXPECT_EQ(Open(message, header, *key_).status(), Refused());

  v1::SignedBody body;
  body.set_body("body");
  const std::string plaintext = body.SerializeAsString() + std::string("\x28\x01", 2);
  EXPECT_EQ(Open(SealedRaw(SerializeHeader(header), plaintext), header, *key_).status(), Refused());
  EXPECT_EQ(Open(SealedRaw(SerializeHeader(header), "\xff"), header, *key_).status(), Refused());
}

TEST_F(Envelope, SixteenKibibytesAreTheLimit) {
  const Header header = HeaderOf(v1::MESSAGE_TYPE_QUERY);
  // Lengths above 16383 take one byte more in protobuf, so the largest body is found, not computed.
  size_t largest = kMaxSealedMessageBytes;
  absl::StatusOr<v1::SealedMessage> sealed = absl::UnknownError("not tried");
  while (!sealed.ok()) {
    sealed = Seal(SerializeHeader(header), std::string(--largest, 'b'), "", *key_);
    ASSERT_TRUE(sealed.ok() || absl::IsInvalidArgument(sealed.status())) << sealed.status();
  }
  EXPECT_GE(largest, kMaxSealedMessageBytes - 100);
  EXPECT_EQ(sealed->ByteSizeLong(), kMaxSealedMessageBytes);
  EXPECT_TRUE(Open(*sealed, header, *key_).ok());

  v1::SignedBody body;
  body.set_body(std::string(largest + 1, 'b'));
  const v1::SealedMessage over = SealedRaw(SerializeHeader(header), body.SerializeAsString());
  EXPECT_EQ(CheckHeader(over), "size");
  EXPECT_EQ(Open(over, header, *key_).status(), Refused());
  EXPECT_FALSE(Seal(SerializeHeader(header), std::string(1 << 20, 'b'), "", *key_).ok());
  EXPECT_FALSE(Seal(std::string(1 << 20, 'h'), "body", "", *key_).ok());
}

TEST_F(Envelope, TheHeaderGivenMustBeTheMessagesOwn) {
  const v1::SealedMessage message = Sealed(v1::MESSAGE_TYPE_QUERY);
  Header other = HeaderOf(v1::MESSAGE_TYPE_DECLINE);
  EXPECT_EQ(Open(message, other, *key_).status(), Refused());
  other = HeaderOf(v1::MESSAGE_TYPE_QUERY);
  ++other.ksn.counter;
  EXPECT_EQ(Open(message, other, *key_).status(), Refused());
}

TEST_F(Envelope, AModulesFailureIsNotAForgery) {
  class Broken final : public MessageKey {
   public:
    absl::StatusOr<GcmOutput> Seal(std::string_view, std::string_view) override {
      return absl::InternalError("CKR_DEVICE_ERROR");
    }
    absl::StatusOr<std::string> Open(std::string_view, std::string_view,
                                     std::string_view) override {
      return absl::InternalError("CKR_DEVICE_ERROR");
    }
  } broken;
  const Header header = HeaderOf(v1::MESSAGE_TYPE_QUERY);
  EXPECT_TRUE(absl::IsInternal(Open(Sealed(header.type), header, broken).status()));
  EXPECT_TRUE(absl::IsInternal(Seal(SerializeHeader(header), "body", "", broken).status()));
}

TEST_F(Envelope, TheSignatureCoversHeaderAndBody) {
  const auto signer = openssl::P256PrivateKey::Generate().value();
  const auto verifier = openssl::ParseP256PublicKey(signer->PublicKeyDer()).value();
  const std::string header = SerializeHeader(HeaderOf(v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION));
  OpenedMessage opened{HeaderOf(v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION), "pay",
                       signer->SignDigest(MessageDigest(header, "pay")).value()};
  EXPECT_TRUE(VerifySignature(header, opened, *verifier).ok());

  OpenedMessage changed = opened;
  changed.body = "paY";
  EXPECT_EQ(VerifySignature(header, changed, *verifier), Refused());
  changed = opened;
  changed.signature[0] = static_cast<char>(changed.signature[0] ^ 1);
  EXPECT_EQ(VerifySignature(header, changed, *verifier), Refused());
  changed = opened;
  changed.signature.clear();
  EXPECT_EQ(VerifySignature(header, changed, *verifier), Refused());
  const std::string other = SerializeHeader(HeaderOf(v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION));
  EXPECT_EQ(VerifySignature(other, opened, *verifier), Refused());
  // A type that the device does not sign has no signature to verify.
  changed = opened;
  changed.header.type = v1::MESSAGE_TYPE_RECEIPT;
  EXPECT_EQ(VerifySignature(header, changed, *verifier), Refused());
}

}  // namespace
}  // namespace signet::sealing
