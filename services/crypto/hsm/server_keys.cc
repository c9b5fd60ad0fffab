#include "services/crypto/hsm/server_keys.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/big_endian.h"
#include "libs/base/hex.h"
#include "libs/base/status.h"
#include "libs/openssl/p256.h"

namespace signet::crypto {
namespace {

using pkcs11::KeyPolicy;
using pkcs11::Mechanism;
using pkcs11::Usage;

constexpr char kInitRemedy[] = "run `signet-crypto init` with the same --token-label and --bdk-id";

template <typename T>
bool SameSet(std::vector<T> a, std::vector<T> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

absl::Status MissingKey(const absl::Status& status, const KeyPolicy& policy) {
  if (!absl::IsNotFound(status)) return Annotate(status, "key " + policy.label);
  return absl::NotFoundError(absl::StrCat("the token holds no key \"", policy.label, "\" with ID ",
                                          ToHex(policy.id), "; ", kInitRemedy));
}

absl::StatusOr<pkcs11::ObjectHandle> FindKey(pkcs11::Session& session, const KeyPolicy& policy,
                                             const std::string& object_class) {
  pkcs11::ObjectFilter filter;
  filter.label = policy.label;
  filter.id = policy.id;
  filter.object_class = object_class;
  auto handle = session.FindOne(filter);
  if (!handle.ok()) return MissingKey(handle.status(), policy);
  SIGNET_ASSIGN_OR_RETURN(auto description, session.Describe(*handle));
  SIGNET_RETURN_IF_ERROR(CheckKeyAgainstPolicy(description, policy));
  return *handle;
}

absl::StatusOr<pkcs11::ObjectHandle> KeyForUse(pkcs11::Session& session, const KeyPolicy& policy,
                                               const std::string& object_class) {
  SIGNET_ASSIGN_OR_RETURN(const auto found, FindKey(session, policy, object_class));
  SIGNET_ASSIGN_OR_RETURN(const auto key, session.ForUse(found));
  SIGNET_ASSIGN_OR_RETURN(auto description, session.Describe(key));
  SIGNET_RETURN_IF_ERROR(CheckKeyAgainstPolicy(description, policy));
  return key;
}

}  // namespace

KeyPolicy BdkPolicy(uint32_t bdk_id) {
  KeyPolicy policy;
  policy.label = kBdkLabel;
  AppendBigEndian32(policy.id, bdk_id);
  policy.usages = {Usage::kDerive};
  policy.allowed_mechanisms = {Mechanism::kAesEcbEncryptData};
  policy.on_token = true;
  return policy;
}

KeyPolicy SigningKeyPolicy(const std::string& label) {
  KeyPolicy policy;
  policy.label = label;
  policy.id = label;
  policy.usages = {Usage::kSign};
  policy.allowed_mechanisms = {Mechanism::kEcdsa};
  policy.on_token = true;
  return policy;
}

KeyPolicy VerifyingKeyPolicy(const std::string& label) {
  KeyPolicy policy = SigningKeyPolicy(label);
  policy.usages = {Usage::kVerify};
  return policy;
}

std::vector<Mechanism> MechanismsToRun() {
  return {Mechanism::kAesEcbEncryptData, Mechanism::kAesGcm, Mechanism::kAesCmac, Mechanism::kEcdsa,
          Mechanism::kRsaOaep};
}

std::vector<Mechanism> MechanismsToInit() {
  auto mechanisms = MechanismsToRun();
  mechanisms.push_back(Mechanism::kAesKeyGen);
  mechanisms.push_back(Mechanism::kEcKeyPairGen);
  return mechanisms;
}

absl::Status CheckKeyAgainstPolicy(const pkcs11::KeyDescription& key, const KeyPolicy& policy) {
  const std::string name = absl::StrCat("the token's key \"", policy.label, "\" ");
  const char* remedy = "; it was not made by `signet-crypto init`: use another token";
  if (key.object_class != "public" && (key.extractable || !key.sensitive)) {
    return absl::FailedPreconditionError(absl::StrCat(name, "could leave the module", remedy));
  }
  if (!SameSet(key.usages, policy.usages)) {
    return absl::FailedPreconditionError(absl::StrCat(name, "may be used for more or other than \"",
                                                      pkcs11::UsageName(policy.usages.front()),
                                                      "\"", remedy));
  }
  // Not every module keeps CKA_ALLOWED_MECHANISMS; where it does, it must say the same.
  if (!key.allowed_mechanisms.empty() &&
      !SameSet(key.allowed_mechanisms, policy.allowed_mechanisms)) {
    return absl::FailedPreconditionError(
        absl::StrCat(name, "allows other mechanisms than ",
                     pkcs11::MechanismName(policy.allowed_mechanisms.front()), remedy));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> PublicKeyDer(pkcs11::Session& session, const std::string& label) {
  SIGNET_ASSIGN_OR_RETURN(auto handle, FindKey(session, VerifyingKeyPolicy(label), "public"));
  SIGNET_ASSIGN_OR_RETURN(auto point, session.P256Point(handle));
  return openssl::P256SpkiFromPoint(point);
}

absl::StatusOr<ServerKeys> FindServerKeys(pkcs11::Session& session, uint32_t bdk_id) {
  ServerKeys keys;
  keys.bdk_id = bdk_id;
  SIGNET_ASSIGN_OR_RETURN(keys.bdk, KeyForUse(session, BdkPolicy(bdk_id), "secret"));
  SIGNET_ASSIGN_OR_RETURN(keys.receipt_key,
                          KeyForUse(session, SigningKeyPolicy(kReceiptKeyLabel), "private"));
  SIGNET_ASSIGN_OR_RETURN(keys.device_ca_key,
                          KeyForUse(session, SigningKeyPolicy(kDeviceCaLabel), "private"));
  SIGNET_ASSIGN_OR_RETURN(keys.receipt_public_der, PublicKeyDer(session, kReceiptKeyLabel));
  SIGNET_ASSIGN_OR_RETURN(keys.device_ca_public_der, PublicKeyDer(session, kDeviceCaLabel));
  return keys;
}

}  // namespace signet::crypto
