// A session with a token: every PKCS#11 operation that Signet uses, as a call that checks, calls
// and translates. PKCS#11 v2.40, 5. A session belongs to one thread at a time.
//
// Errors carry the CKR_ name:
//   UNAUTHENTICATED      CKR_PIN_INCORRECT; a signature or tag that does not fit ("message
//   refused",
//                        without a name or a reason)
//   PERMISSION_DENIED    CKR_USER_NOT_LOGGED_IN, CKR_PIN_LOCKED, CKR_KEY_FUNCTION_NOT_PERMITTED,
//                        CKR_KEY_UNEXTRACTABLE, ...
//   NOT_FOUND            no such object
//   INVALID_ARGUMENT     CKR_ARGUMENTS_BAD, CKR_TEMPLATE_*, CKR_DATA_LEN_RANGE, ...
//   FAILED_PRECONDITION  CKR_MECHANISM_INVALID (missing, or not allowed for the key), a token that
//   is
//                        not initialized, ...
//   UNAVAILABLE          CKR_DEVICE_REMOVED, CKR_TOKEN_NOT_PRESENT, CKR_SESSION_HANDLE_INVALID, ...
//   RESOURCE_EXHAUSTED   CKR_SESSION_COUNT, CKR_DEVICE_MEMORY, CKR_HOST_MEMORY
//   INTERNAL             any other
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"
#include "libs/pkcs11/key_policy.h"
#include "libs/pkcs11/module.h"

namespace signet::pkcs11 {

struct KeyPair {
  ObjectHandle public_key = 0;
  ObjectHandle private_key = 0;
};

struct ObjectFilter {
  std::optional<std::string> label = std::nullopt;
  std::optional<std::string> id = std::nullopt;
  std::optional<std::string> object_class = std::nullopt;  // "secret", "private", "public"
  bool token_objects_only = true;
};

class Session {
 public:
  static absl::StatusOr<std::unique_ptr<Session>> Open(const Slot& slot);
  ~Session();  // closes; its session objects go with it
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The login belongs to the token and covers all sessions of the process. Logged in already: OK
  // (the PIN is not checked then).
  absl::Status Login(const Secret& pin);
  absl::Status Logout();
  absl::StatusOr<bool> IsLoggedIn();

  absl::StatusOr<std::string> Random(size_t size);

  // Objects.
  absl::StatusOr<std::vector<ObjectHandle>> Find(const ObjectFilter& filter);
  // Exactly one. NOT_FOUND; FAILED_PRECONDITION where there are several.
  absl::StatusOr<ObjectHandle> FindOne(const ObjectFilter& filter);
  absl::StatusOr<KeyDescription> Describe(ObjectHandle key);
  absl::Status Destroy(ObjectHandle object);
  // The handle to use a key of the token by, for as long as this session is open: in NSS, which
  // reads token objects from their file at each use, of a session object that is its copy; in any
  // other module of the key itself.
  absl::StatusOr<ObjectHandle> ForUse(ObjectHandle token_key);

  // Making keys.
  absl::StatusOr<ObjectHandle> GenerateAes256(const KeyPolicy& policy);
  absl::StatusOr<KeyPair> GenerateP256(const KeyPolicy& private_policy,
                                       const KeyPolicy& public_policy);
  absl::StatusOr<KeyPair> GenerateRsa3072(const KeyPolicy& private_policy,
                                          const KeyPolicy& public_policy);
  // Leftmost key_bytes of AES-ECB(base, data): CKM_AES_ECB_ENCRYPT_DATA. data: 16 or 32 bytes.
  absl::StatusOr<ObjectHandle> DeriveAes(ObjectHandle base, std::string_view data, size_t key_bytes,
                                         const KeyPolicy& policy);
  // For key ceremonies and tests: an AES key whose value is known.
  absl::StatusOr<ObjectHandle> ImportAes(const Secret& value, const KeyPolicy& policy);
  absl::StatusOr<ObjectHandle> ImportP256PublicKey(std::string_view point, const KeyPolicy& policy);
  absl::StatusOr<ObjectHandle> ImportRsaPublicKey(std::string_view modulus,
                                                  std::string_view public_exponent,
                                                  const KeyPolicy& policy);
  // Public halves: the uncompressed point (65 bytes); modulus and exponent.
  absl::StatusOr<std::string> P256Point(ObjectHandle public_key);
  struct RsaNumbers {
    std::string modulus, public_exponent;
  };
  absl::StatusOr<RsaNumbers> RsaPublicNumbers(ObjectHandle public_key);

  // RSA-OAEP with SHA-1 and MGF1-SHA-1 (all that SoftHSM 2.6.1 offers).
  absl::StatusOr<std::string> WrapOaep(ObjectHandle public_key, ObjectHandle key);
  absl::StatusOr<ObjectHandle> UnwrapOaepAes(ObjectHandle private_key, std::string_view wrapped,
                                             const KeyPolicy& policy);

  // Using keys.
  absl::StatusOr<std::string> EncryptGcm(ObjectHandle key, std::string_view nonce,
                                         std::string_view aad, std::string_view plaintext);
  // Where the module answers with CKR_GENERAL_ERROR, which may be a forgery or its own trouble, it
  // is a forgery only if the module then opens a known message; else the error is the module's.
  absl::StatusOr<std::string> DecryptGcm(ObjectHandle key, std::string_view nonce,
                                         std::string_view aad, std::string_view ciphertext);
  // pin: for a key with always_authenticate, given to a context-specific login; else null.
  absl::StatusOr<std::string> SignEcdsa(ObjectHandle key, std::string_view digest,
                                        const Secret* pin);
  absl::Status VerifyEcdsa(ObjectHandle key, std::string_view digest, std::string_view signature);
  absl::StatusOr<std::string> SignCmac(ObjectHandle key, std::string_view data);

 private:
  Session(std::shared_ptr<ModuleState> module, unsigned long slot_id, unsigned long handle);
  // Whether a known message opens, with a session key made for it: the session is alive and logged
  // in, and the module does its work. Otherwise the error that stood in the way.
  absl::Status ProveGcm();

  std::shared_ptr<ModuleState> module_;
  unsigned long slot_id_;
  unsigned long handle_;
};

// A session object that is destroyed at the end of its scope. Movable.
class ScopedObject {
 public:
  ScopedObject() = default;
  ScopedObject(Session& session, ObjectHandle handle) : session_(&session), handle_(handle) {}
  ScopedObject(ScopedObject&& other) noexcept;
  ScopedObject& operator=(ScopedObject&& other) noexcept;
  ~ScopedObject();
  ObjectHandle get() const { return handle_; }

 private:
  Session* session_ = nullptr;
  ObjectHandle handle_ = 0;
};

}  // namespace signet::pkcs11
