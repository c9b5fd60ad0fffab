#include "tests/contract/keys_under_test.h"

#include <stdexcept>
#include <utility>

#include "libs/openssl/aes.h"
#include "libs/openssl/p256.h"
#include "libs/pkcs11/module_keys.h"
#include "tests/support/soft_token.h"

namespace signet::testing {
namespace {

using pkcs11::KeyPolicy;
using pkcs11::Mechanism;
using pkcs11::Usage;

// Tests cannot go on without their keys.
template <typename T>
T OrThrow(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(value.status().ToString());
  return *std::move(value);
}

class ModuleKeyMaker final : public KeyMaker {
 public:
  std::unique_ptr<MessageKey> NewMessageKey(const Secret& value) override {
    const KeyPolicy policy{.label = "message",
                           .id = "",
                           .usages = {Usage::kEncrypt, Usage::kDecrypt},
                           .allowed_mechanisms = {Mechanism::kAesGcm}};
    return std::make_unique<pkcs11::ModuleMessageKey>(*session_,
                                                      OrThrow(session_->ImportAes(value, policy)));
  }

  SignaturePair NewSignaturePair() override {
    const KeyPolicy signing{.label = "signing",
                            .id = "",
                            .usages = {Usage::kSign},
                            .allowed_mechanisms = {Mechanism::kEcdsa}};
    const pkcs11::KeyPair pair = OrThrow(session_->GenerateP256(signing, VerifyingPolicy()));
    return {std::make_unique<pkcs11::ModuleSigningKey>(*session_, pair.private_key, nullptr),
            std::make_unique<pkcs11::ModuleVerifyingKey>(*session_, pair.public_key),
            OrThrow(session_->P256Point(pair.public_key))};
  }

  std::unique_ptr<VerifyingKey> ImportVerifyingKey(const std::string& point) override {
    return std::make_unique<pkcs11::ModuleVerifyingKey>(
        *session_, OrThrow(session_->ImportP256PublicKey(point, VerifyingPolicy())));
  }

 private:
  static KeyPolicy VerifyingPolicy() {
    return {.label = "verifying",
            .id = "",
            .usages = {Usage::kVerify},
            .allowed_mechanisms = {Mechanism::kEcdsa}};
  }

  std::unique_ptr<SoftToken> token_ = OrThrow(SoftToken::Create("contract"));
  std::unique_ptr<pkcs11::Session> session_ = OrThrow(token_->LoggedIn());
};

class SoftwareKeyMaker final : public KeyMaker {
 public:
  std::unique_ptr<MessageKey> NewMessageKey(const Secret& value) override {
    return OrThrow(openssl::CreateMessageKey(value));
  }

  SignaturePair NewSignaturePair() override {
    std::unique_ptr<openssl::P256PrivateKey> key = OrThrow(openssl::P256PrivateKey::Generate());
    const std::string spki = key->PublicKeyDer();
    return {std::move(key), OrThrow(openssl::ParseP256PublicKey(spki)),
            OrThrow(openssl::P256PointFromSpki(spki))};
  }

  std::unique_ptr<VerifyingKey> ImportVerifyingKey(const std::string& point) override {
    return OrThrow(openssl::ParseP256PublicKey(OrThrow(openssl::P256SpkiFromPoint(point))));
  }
};

}  // namespace

std::string ImplementationName(const ::testing::TestParamInfo<Implementation>& info) {
  return info.param == Implementation::kModule ? "Module" : "Software";
}

std::unique_ptr<KeyMaker> MakeKeyMaker(Implementation implementation) {
  if (implementation == Implementation::kModule) return std::make_unique<ModuleKeyMaker>();
  return std::make_unique<SoftwareKeyMaker>();
}

void KeysTest::SetUp() {
  keys_ = MakeKeyMaker(GetParam());
  software_ = MakeKeyMaker(Implementation::kSoftware);
}

}  // namespace signet::testing
