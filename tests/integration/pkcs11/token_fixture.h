// A SoftHSM token and a logged-in session for tests of libs/pkcs11, and policies as Signet uses
// them.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/pkcs11/session.h"
#include "tests/support/soft_token.h"

namespace signet::testing {

// A test cannot go on without what it sets up.
template <typename T>
T OrThrow(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(value.status().ToString());
  return *std::move(value);
}

inline pkcs11::KeyPolicy MessagePolicy() {
  return {.label = "message",
          .id = "m1",
          .usages = {pkcs11::Usage::kEncrypt, pkcs11::Usage::kDecrypt},
          .allowed_mechanisms = {pkcs11::Mechanism::kAesGcm}};
}

inline pkcs11::KeyPolicy DerivePolicy() {
  return {.label = "base",
          .id = "d1",
          .usages = {pkcs11::Usage::kDerive},
          .allowed_mechanisms = {pkcs11::Mechanism::kAesEcbEncryptData}};
}

inline pkcs11::KeyPolicy CmacPolicy() {
  return {.label = "check",
          .id = "c1",
          .usages = {pkcs11::Usage::kSign},
          .allowed_mechanisms = {pkcs11::Mechanism::kAesCmac}};
}

inline pkcs11::KeyPolicy SigningPolicy() {
  return {.label = "signing",
          .id = "s1",
          .usages = {pkcs11::Usage::kSign},
          .allowed_mechanisms = {pkcs11::Mechanism::kEcdsa}};
}

inline pkcs11::KeyPolicy VerifyingPolicy() {
  return {.label = "signing",
          .id = "s1",
          .usages = {pkcs11::Usage::kVerify},
          .allowed_mechanisms = {pkcs11::Mechanism::kEcdsa}};
}

inline pkcs11::KeyPolicy UnwrapPolicy() {
  return {.label = "transport",
          .id = "t1",
          .usages = {pkcs11::Usage::kUnwrap},
          .allowed_mechanisms = {pkcs11::Mechanism::kRsaOaep}};
}

inline pkcs11::KeyPolicy WrapPolicy() {
  return {.label = "transport",
          .id = "t1",
          .usages = {pkcs11::Usage::kWrap},
          .allowed_mechanisms = {pkcs11::Mechanism::kRsaOaep}};
}

inline pkcs11::KeyPolicy OnToken(pkcs11::KeyPolicy policy) {
  policy.on_token = true;
  return policy;
}

inline std::string Message(const absl::Status& status) { return std::string(status.message()); }

class TokenTest : public ::testing::Test {
 protected:
  pkcs11::Session& session() { return *session_; }
  SoftToken& token() { return *token_; }
  void CloseSession() { session_.reset(); }
  void OpenSession() { session_ = OrThrow(token_->LoggedIn()); }

  // Shows that no operation was left pending in the session.
  void ExpectSessionUsable() {
    const auto key = session_->GenerateAes256(CmacPolicy());
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_TRUE(session_->SignCmac(*key, "still here").ok());
    EXPECT_TRUE(session_->Find({}).ok());
    EXPECT_TRUE(session_->Destroy(*key).ok());
  }

 private:
  std::unique_ptr<SoftToken> token_ = OrThrow(SoftToken::Create("signet-test"));
  std::unique_ptr<pkcs11::Session> session_ = OrThrow(token_->LoggedIn());
};

}  // namespace signet::testing
