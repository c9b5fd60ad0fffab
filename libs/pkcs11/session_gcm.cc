// AES-GCM, and telling a forged message from a module that is broken.
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/pkcs11/error.h"
#include "libs/pkcs11/session.h"

namespace signet::pkcs11 {
namespace {

constexpr size_t kNonceBytes = 12;  // NIST SP 800-38D, 8.2.1
constexpr size_t kTagBytes = 16;
constexpr size_t kAes256KeyBytes = 32;

// PKCS#11 v3.0, for modules that have it.
constexpr CK_RV kAeadDecryptFailed = 0x42;

// McGrew and Viega, "The Galois/Counter Mode of Operation", test case 14: key, nonce and plaintext
// are zeros, and there is no AAD.
constexpr size_t kKnownPlaintextBytes = 16;
constexpr std::string_view kKnownCiphertext(
    "\xce\xa7\x40\x3d\x4d\x60\x6b\x6e\x07\x4e\xc5\xd3\xba\xf3\x9d\x18"
    "\xd0\xd1\xc8\xa7\x99\x99\x6b\xf0\x26\x5b\x98\xb5\xd4\x8a\xb9\x19",
    kKnownPlaintextBytes + kTagBytes);

CK_GCM_PARAMS GcmParameters(std::string_view nonce, std::string_view aad) {
  CK_GCM_PARAMS parameters = {};
  parameters.pIv = InBytes(nonce);
  parameters.ulIvLen = Length(nonce);
  parameters.ulIvBits = Length(nonce) * 8;
  parameters.pAAD = InBytes(aad);
  parameters.ulAADLen = Length(aad);
  parameters.ulTagBits = kTagBytes * 8;
  return parameters;
}

// C_Decrypt's result. An error is C_DecryptInit's: nothing was decrypted. Modules may ask for room
// for the tag too; whatever is in the buffer unless the result is CKR_OK is wiped.
absl::StatusOr<CK_RV> Decrypt(const Connection& connection, ObjectHandle key,
                              std::string_view nonce, std::string_view aad,
                              std::string_view ciphertext, std::string& plaintext) {
  CK_GCM_PARAMS parameters = GcmParameters(nonce, aad);
  CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof(parameters)};
  SIGNET_RETURN_IF_ERROR(Check(
      connection.functions->C_DecryptInit(connection.session, &mechanism, key), "C_DecryptInit"));
  plaintext.assign(ciphertext.size(), '\0');
  CK_ULONG size = Length(plaintext);
  const CK_RV rv = connection.functions->C_Decrypt(connection.session, InBytes(ciphertext),
                                                   Length(ciphertext), OutBytes(plaintext), &size);
  if (rv != CKR_OK) {
    WipeString(plaintext);  // nothing of an unauthenticated plaintext stays
    return rv;
  }
  if (size != ciphertext.size() - kTagBytes) {
    return Broken("C_Decrypt", "a plaintext of an unexpected length");
  }
  plaintext.resize(size);
  return rv;
}

// What modules say of a tag that does not fit, and of nothing else.
bool IsForgery(CK_RV rv) {
  return rv == CKR_ENCRYPTED_DATA_INVALID || rv == CKR_ENCRYPTED_DATA_LEN_RANGE ||
         rv == kAeadDecryptFailed;
}

// The error of a call that was given nothing from outside.
absl::Status Known(const absl::Status& status) {
  return FaultOf(status) == Fault::kMessage ? WithFault(status, Fault::kModule) : status;
}

}  // namespace

absl::StatusOr<std::string> Session::EncryptGcm(ObjectHandle key, std::string_view nonce,
                                                std::string_view aad, std::string_view plaintext) {
  if (nonce.size() != kNonceBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a GCM nonce has ", kNonceBytes, " bytes, not ", nonce.size()));
  }
  CK_GCM_PARAMS parameters = GcmParameters(nonce, aad);
  CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof(parameters)};
  SIGNET_RETURN_IF_ERROR(
      Check(module_->functions->C_EncryptInit(handle_, &mechanism, key), "C_EncryptInit"));
  std::string ciphertext(plaintext.size() + kTagBytes, '\0');
  CK_ULONG size = Length(ciphertext);
  SIGNET_RETURN_IF_ERROR(
      Check(module_->functions->C_Encrypt(handle_, InBytes(plaintext), Length(plaintext),
                                          OutBytes(ciphertext), &size),
            "C_Encrypt"));
  if (size != ciphertext.size()) {
    return Broken("C_Encrypt", "a ciphertext of an unexpected length");
  }
  return ciphertext;
}

absl::Status Session::ProveGcm() {
  const KeyPolicy policy{.usages = {Usage::kDecrypt}, .allowed_mechanisms = {Mechanism::kAesGcm}};
  const absl::StatusOr<ObjectHandle> handle =
      ImportAes(Secret(std::string(kAes256KeyBytes, '\0')), policy);
  if (!handle.ok()) return Known(handle.status());
  const ScopedObject key(*this, *handle);
  std::string plaintext;
  SIGNET_ASSIGN_OR_RETURN(const CK_RV rv,
                          Decrypt({module_->functions, handle_}, key.get(),
                                  std::string(kNonceBytes, '\0'), "", kKnownCiphertext, plaintext));
  SIGNET_RETURN_IF_ERROR(Known(Check(rv, "C_Decrypt")));
  if (plaintext == std::string(kKnownPlaintextBytes, '\0')) return absl::OkStatus();
  return Broken("C_Decrypt", "a known message opens as something else");
}

absl::StatusOr<std::string> Session::DecryptGcm(ObjectHandle key, std::string_view nonce,
                                                std::string_view aad, std::string_view ciphertext) {
  if (nonce.size() != kNonceBytes || ciphertext.size() < kTagBytes) return Refused();
  std::string plaintext;
  SIGNET_ASSIGN_OR_RETURN(const CK_RV rv, Decrypt({module_->functions, handle_}, key, nonce, aad,
                                                  ciphertext, plaintext));
  if (rv == CKR_OK) return plaintext;
  if (IsForgery(rv)) return Refused();
  if (rv != CKR_GENERAL_ERROR) return Check(rv, "C_Decrypt");
  // SoftHSM 2.6.1 says so of a forgery, and every module of its own troubles.
  SIGNET_RETURN_IF_ERROR(ProveGcm());
  return Refused();
}

}  // namespace signet::pkcs11
