// The interfaces of libs/keys over keys in a module. Each borrows its session and is used by that
// session's thread.
#pragma once

#include "libs/base/secret.h"
#include "libs/keys/keys.h"
#include "libs/pkcs11/session.h"

namespace signet::pkcs11 {

// Nonces come from the module.
class ModuleMessageKey final : public MessageKey {
 public:
  ModuleMessageKey(Session& session, ObjectHandle key) : session_(session), key_(key) {}
  absl::StatusOr<GcmOutput> Seal(std::string_view aad, std::string_view plaintext) override;
  absl::StatusOr<std::string> Open(std::string_view aad, std::string_view nonce,
                                   std::string_view ciphertext) override;

 private:
  Session& session_;
  ObjectHandle key_;
};

class ModuleSigningKey final : public SigningKey {
 public:
  // pin: null, or what each use of the key needs; must outlive this.
  ModuleSigningKey(Session& session, ObjectHandle key, const Secret* pin)
      : session_(session), key_(key), pin_(pin) {}
  absl::StatusOr<std::string> SignDigest(std::string_view digest) override;

 private:
  Session& session_;
  ObjectHandle key_;
  const Secret* pin_;
};

class ModuleVerifyingKey final : public VerifyingKey {
 public:
  ModuleVerifyingKey(Session& session, ObjectHandle key) : session_(session), key_(key) {}
  absl::Status VerifyDigest(std::string_view digest, std::string_view signature) override;

 private:
  Session& session_;
  ObjectHandle key_;
};

}  // namespace signet::pkcs11
