// The kept keys are the right ones, cost what is promised, and are bounded.
#include "services/crypto/hsm/transaction_keys.h"

#include <gtest/gtest.h>

#include "libs/pkcs11/module_keys.h"
#include "tests/integration/crypto/server_token.h"
#include "tests/integration/crypto/software_device.h"

namespace signet::crypto {
namespace {

using sealing::v1::MessageType;

class TransactionKeysTest : public ::testing::Test {
 protected:
  void Make(size_t capacity) {
    session_ = TestServerToken().token().LoggedIn().value();
    server_keys_ = FindServerKeys(*session_, kTestBdkId).value();
    server_objects_ = AllObjects();
    keys_ = std::make_unique<TransactionKeys>(*session_, server_keys_, capacity);
  }
  // Opens what the device sealed and seals what the device can open; returns the derivations made.
  uint64_t Exchange(const SoftwareDevice& device, uint32_t device_id, uint32_t counter) {
    const uint64_t before = keys_->objects_made();
    const dukpt::KeySerialNumber ksn{kTestBdkId, device_id, counter};
    const auto sealed = device.Seal(MessageType::MESSAGE_TYPE_QUERY, counter, "ask");
    pkcs11::ModuleMessageKey request(*session_, keys_->Request(ksn).value());
    EXPECT_EQ(sealing::Open(sealed, *sealing::ParseHeader(sealed), request)->body, "ask");
    pkcs11::ModuleMessageKey response(*session_, keys_->Response(ksn).value());
    const auto answer =
        sealing::Seal(sealing::SerializeHeader({MessageType::MESSAGE_TYPE_QUERY_RESULT, ksn}),
                      "answer", "", response);
    EXPECT_EQ(device.Open(answer.value())->body, "answer");
    return keys_->objects_made() - before;
  }
  size_t AllObjects() {
    pkcs11::ObjectFilter everything;
    everything.token_objects_only = false;
    return session_->Find(everything)->size();
  }
  size_t SessionObjects() { return AllObjects() - server_objects_; }
  SoftwareDevice Device(uint32_t id) { return {TestServerToken().bdk(), kTestBdkId, id}; }

  std::unique_ptr<pkcs11::Session> session_;
  ServerKeys server_keys_;
  size_t server_objects_ = 0;  // the server's keys, however the module counts them
  std::unique_ptr<TransactionKeys> keys_;
};

TEST_F(TransactionKeysTest, AConsecutiveCounterCostsThreeDerivations) {
  Make(100);
  const SoftwareDevice device = Device(7);
  EXPECT_EQ(Exchange(device, 7, 1), 4u);  // and the initial key
  for (uint32_t counter = 2; counter <= 70; ++counter) {
    EXPECT_EQ(Exchange(device, 7, counter), 3u) << counter;
  }
}

TEST_F(TransactionKeysTest, TheSameExchangeCostsNothingMoreUntilItEnds) {
  Make(100);
  const SoftwareDevice device = Device(7);
  Exchange(device, 7, 0x15);
  EXPECT_EQ(Exchange(device, 7, 0x15), 0u);
  keys_->EndExchange({kTestBdkId, 7, 0x16});  // another one's end
  EXPECT_EQ(Exchange(device, 7, 0x15), 0u);
  keys_->EndExchange({kTestBdkId, 7, 0x15});
  EXPECT_EQ(SessionObjects(), 4u);  // the initial key and three steps
  EXPECT_EQ(Exchange(device, 7, 0x15), 2u);
}

TEST_F(TransactionKeysTest, AnyOrderOfCountersGivesTheRightKeys) {
  Make(100);
  const SoftwareDevice device = Device(7);
  for (const uint32_t counter : {0x80000000u, 1u, 0xFFFF0000u, 0x0000FFFFu, 2u, 0x55555555u, 3u,
                                 0x55550000u, 0x55555555u, 1u}) {
    Exchange(device, 7, counter);
  }
}

TEST_F(TransactionKeysTest, KeysOfTheDeviceUsedLongestAgoGiveWay) {
  Make(8);
  const SoftwareDevice first = Device(1), second = Device(2), third = Device(3);
  Exchange(first, 1, 1);
  Exchange(second, 2, 1);
  EXPECT_EQ(Exchange(first, 1, 1), 0u);
  Exchange(third, 3, 1);
  EXPECT_EQ(SessionObjects(), 8u);  // of two devices: initial key, step, two working keys
  EXPECT_EQ(Exchange(first, 1, 1), 0u);
  EXPECT_EQ(Exchange(second, 2, 1), 4u);
  keys_.reset();
  EXPECT_EQ(SessionObjects(), 0u);
}

}  // namespace
}  // namespace signet::crypto
