// The two implementations of libs/keys, made in the same way: keys in a SoftHSM token
// (libs/pkcs11), and keys in memory (libs/openssl).
#pragma once

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "libs/base/secret.h"
#include "libs/keys/keys.h"

namespace signet::testing {

struct SignaturePair {
  std::unique_ptr<SigningKey> signing;
  std::unique_ptr<VerifyingKey> verifying;
  std::string point;  // the public key, 65 bytes
};

class KeyMaker {
 public:
  virtual ~KeyMaker() = default;
  virtual std::unique_ptr<MessageKey> NewMessageKey(const Secret& value) = 0;
  virtual SignaturePair NewSignaturePair() = 0;
  virtual std::unique_ptr<VerifyingKey> ImportVerifyingKey(const std::string& point) = 0;
};

enum class Implementation { kModule, kSoftware };
std::string ImplementationName(const ::testing::TestParamInfo<Implementation>& info);

// A test's keys live as long as their maker.
std::unique_ptr<KeyMaker> MakeKeyMaker(Implementation implementation);

// Fixture: keys() of the implementation under test.
class KeysTest : public ::testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override;
  KeyMaker& keys() { return *keys_; }
  KeyMaker& software() { return *software_; }

 private:
  std::unique_ptr<KeyMaker> keys_;
  std::unique_ptr<KeyMaker> software_;
};

}  // namespace signet::testing
