// What a key in a module may do, in Signet's words. Every attribute of a new key is set from this,
// none is left to a module's default. PKCS#11 v2.40, 4.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace signet::pkcs11 {

using ObjectHandle = unsigned long;  // CK_OBJECT_HANDLE

enum class Mechanism {
  kAesKeyGen,          // CKM_AES_KEY_GEN
  kAesEcbEncryptData,  // CKM_AES_ECB_ENCRYPT_DATA (derive)
  kAesGcm,             // CKM_AES_GCM
  kAesCmac,            // CKM_AES_CMAC
  kEcKeyPairGen,       // CKM_EC_KEY_PAIR_GEN
  kEcdsa,              // CKM_ECDSA
  kRsaKeyPairGen,      // CKM_RSA_PKCS_KEY_PAIR_GEN
  kRsaOaep,            // CKM_RSA_PKCS_OAEP
};
const char* MechanismName(Mechanism mechanism);  // "CKM_AES_GCM"

enum class Usage { kEncrypt, kDecrypt, kSign, kVerify, kWrap, kUnwrap, kDerive };
const char* UsageName(Usage usage);  // "encrypt"

// A policy that has usages must name mechanisms: an empty list would allow all of them in some
// modules.
struct KeyPolicy {
  std::string label = {};
  std::string id = {};  // CKA_ID, raw bytes
  std::vector<Usage> usages = {};
  std::vector<Mechanism> allowed_mechanisms = {};
  bool on_token = false;             // false: a session object, gone with its session
  bool extractable = false;          // true only for an initial key on its way to be wrapped
  bool always_authenticate = false;  // private keys: each use needs the PIN
};

// A key as the module describes it.
struct KeyDescription {
  ObjectHandle handle = 0;
  std::string object_class;  // "secret", "private", "public"
  std::string
      key_type;  // "AES-256", "AES" (the module does not say its length), "EC-P256", "RSA-3072"
  std::string label;
  std::string id;
  bool on_token = false;
  bool is_private = false;
  bool sensitive = false;
  bool extractable = false;
  bool never_extractable = false;  // never was, since it was made in the module
  bool local = false;              // generated in the module
  bool modifiable = false;
  bool copyable = false;
  bool always_authenticate = false;
  std::vector<Usage> usages;
  std::vector<Mechanism> allowed_mechanisms;
  std::vector<unsigned long> other_mechanisms;  // allowed too, but none of Signet's: should be none
};

}  // namespace signet::pkcs11
