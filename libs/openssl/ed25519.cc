#include "libs/openssl/ed25519.h"

#include "libs/base/status.h"
#include "libs/openssl/digest.h"
#include "libs/openssl/error.h"
#include "libs/openssl/handle.h"

namespace signet::openssl {
namespace {

using std::string_view_literals::operator""sv;

constexpr size_t kCodeSeedSize = 16;
constexpr size_t kPublicKeySize = 32;  // RFC 8032, 5.1.5
constexpr size_t kSignatureSize = 64;  // RFC 8032, 5.1.6
constexpr std::string_view kSeedName = "signet/activation/1\0"sv;

absl::StatusOr<KeyHandle> KeyOfCode(const Secret& code_seed) {
  if (code_seed.size() != kCodeSeedSize) {
    return absl::InvalidArgumentError("an activation code's seed has 16 bytes");
  }
  std::string input;
  input.reserve(kSeedName.size() + kCodeSeedSize);  // so that growing leaves no copy behind
  input.append(kSeedName).append(code_seed.reveal());
  std::string digest = Sha256(input);
  const Secret seed = Secret::TakeFrom(digest);
  WipeString(input);
  KeyHandle key(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, Bytes(seed.reveal()),
                                                seed.size()));
  if (key == nullptr) return InternalFailure("Ed25519 key");
  return key;
}

}  // namespace

absl::StatusOr<std::string> ActivationPublicKey(const Secret& code_seed) {
  SIGNET_ASSIGN_OR_RETURN(const KeyHandle key, KeyOfCode(code_seed));
  std::string public_key(kPublicKeySize, '\0');
  size_t size = public_key.size();
  if (EVP_PKEY_get_raw_public_key(key.get(), MutableBytes(public_key), &size) != 1 ||
      size != kPublicKeySize) {
    return InternalFailure("Ed25519 public key");
  }
  return public_key;
}

absl::StatusOr<std::string> SignWithActivationCode(const Secret& code_seed,
                                                   std::string_view message) {
  SIGNET_ASSIGN_OR_RETURN(const KeyHandle key, KeyOfCode(code_seed));
  const DigestContext context(EVP_MD_CTX_new());
  std::string signature(kSignatureSize, '\0');
  size_t size = signature.size();
  if (context == nullptr ||
      EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(),
                            nullptr) != 1 ||
      EVP_DigestSign(context.get(), MutableBytes(signature), &size, Bytes(message),
                     message.size()) != 1 ||
      size != kSignatureSize) {
    return InternalFailure("Ed25519 signing");
  }
  return signature;
}

absl::Status VerifyActivationSignature(std::string_view public_key, std::string_view message,
                                       std::string_view signature) {
  if (public_key.size() != kPublicKeySize || signature.size() != kSignatureSize) {
    return Unauthenticated();
  }
  const KeyHandle key(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, Bytes(public_key),
                                                     public_key.size()));
  const DigestContext context(EVP_MD_CTX_new());
  if (key == nullptr || context == nullptr ||
      EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(),
                              nullptr) != 1) {
    return InternalFailure("Ed25519 verification");
  }
  if (EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message),
                       message.size()) != 1) {
    return Unauthenticated();
  }
  return absl::OkStatus();
}

}  // namespace signet::openssl
