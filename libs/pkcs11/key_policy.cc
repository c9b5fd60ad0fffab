#include "libs/pkcs11/key_policy.h"

#include <array>
#include <utility>

#include "libs/pkcs11/mechanism.h"

namespace signet::pkcs11 {
namespace {

struct KnownMechanism {
  Mechanism mechanism;
  CK_MECHANISM_TYPE type;
  const char* name;
  CK_FLAGS flags;
};

constexpr std::array<KnownMechanism, 8> kKnown = {{
    {Mechanism::kAesKeyGen, CKM_AES_KEY_GEN, "CKM_AES_KEY_GEN", CKF_GENERATE},
    {Mechanism::kAesEcbEncryptData, CKM_AES_ECB_ENCRYPT_DATA, "CKM_AES_ECB_ENCRYPT_DATA",
     CKF_DERIVE},
    {Mechanism::kAesGcm, CKM_AES_GCM, "CKM_AES_GCM", CKF_ENCRYPT | CKF_DECRYPT},
    {Mechanism::kAesCmac, CKM_AES_CMAC, "CKM_AES_CMAC", CKF_SIGN},
    {Mechanism::kEcKeyPairGen, CKM_EC_KEY_PAIR_GEN, "CKM_EC_KEY_PAIR_GEN", CKF_GENERATE_KEY_PAIR},
    {Mechanism::kEcdsa, CKM_ECDSA, "CKM_ECDSA", CKF_SIGN | CKF_VERIFY},
    {Mechanism::kRsaKeyPairGen, CKM_RSA_PKCS_KEY_PAIR_GEN, "CKM_RSA_PKCS_KEY_PAIR_GEN",
     CKF_GENERATE_KEY_PAIR},
    {Mechanism::kRsaOaep, CKM_RSA_PKCS_OAEP, "CKM_RSA_PKCS_OAEP", CKF_WRAP | CKF_UNWRAP},
}};

// The table is in the order of the enumeration.
const KnownMechanism& Known(Mechanism mechanism) {
  return kKnown.at(static_cast<size_t>(mechanism));
}

constexpr bool InOrder() {
  for (size_t i = 0; i < kKnown.size(); ++i) {
    if (static_cast<size_t>(kKnown[i].mechanism) != i) return false;
  }
  return true;
}
static_assert(InOrder());

}  // namespace

const char* MechanismName(Mechanism mechanism) { return Known(mechanism).name; }
CK_MECHANISM_TYPE ToCk(Mechanism mechanism) { return Known(mechanism).type; }
CK_FLAGS NeededFlags(Mechanism mechanism) { return Known(mechanism).flags; }

std::string FlagNames(CK_FLAGS flags) {
  constexpr std::pair<CK_FLAGS, const char*> kNames[] = {
      {CKF_ENCRYPT, "CKF_ENCRYPT"},   {CKF_DECRYPT, "CKF_DECRYPT"},
      {CKF_SIGN, "CKF_SIGN"},         {CKF_VERIFY, "CKF_VERIFY"},
      {CKF_GENERATE, "CKF_GENERATE"}, {CKF_GENERATE_KEY_PAIR, "CKF_GENERATE_KEY_PAIR"},
      {CKF_WRAP, "CKF_WRAP"},         {CKF_UNWRAP, "CKF_UNWRAP"},
      {CKF_DERIVE, "CKF_DERIVE"}};
  std::string names;
  for (const auto& [flag, name] : kNames) {
    if ((flags & flag) == 0) continue;
    if (!names.empty()) names += " or ";
    names += name;
  }
  return names;
}

std::optional<Mechanism> FromCk(CK_MECHANISM_TYPE type) {
  for (const KnownMechanism& known : kKnown) {
    if (known.type == type) return known.mechanism;
  }
  return std::nullopt;
}

const char* UsageName(Usage usage) {
  switch (usage) {
    case Usage::kEncrypt:
      return "encrypt";
    case Usage::kDecrypt:
      return "decrypt";
    case Usage::kSign:
      return "sign";
    case Usage::kVerify:
      return "verify";
    case Usage::kWrap:
      return "wrap";
    case Usage::kUnwrap:
      return "unwrap";
    case Usage::kDerive:
      return "derive";
  }
  return "unknown";
}

}  // namespace signet::pkcs11
