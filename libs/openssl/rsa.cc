#include "libs/openssl/rsa.h"

#include <openssl/rsa.h>

#include <utility>

#include "libs/base/status.h"
#include "libs/openssl/error.h"
#include "libs/openssl/handle.h"
#include "libs/openssl/p256_key.h"

namespace signet::openssl {
namespace {

constexpr int kBitsMin = 3072;
constexpr int kBitsMax = 4096;
constexpr size_t kSpkiMax = 1024;  // 4096 bits take 550 bytes
constexpr BN_ULONG kExponent = 65537;

std::string BigEndianOf(const BIGNUM* number) {
  std::string bytes(static_cast<size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, MutableBytes(bytes));
  return bytes;
}

BignumHandle NumberOf(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  return BignumHandle(number);
}

struct PublicNumbers {
  BignumHandle modulus;
  BignumHandle exponent;
};

absl::StatusOr<PublicNumbers> CheckedNumbers(const EVP_PKEY* key) {
  PublicNumbers numbers{NumberOf(key, OSSL_PKEY_PARAM_RSA_N), NumberOf(key, OSSL_PKEY_PARAM_RSA_E)};
  if (numbers.modulus == nullptr || numbers.exponent == nullptr) {
    return InternalFailure("RSA public key");
  }
  const int bits = BN_num_bits(numbers.modulus.get());
  if (bits < kBitsMin || bits > kBitsMax || !BN_is_odd(numbers.modulus.get()) ||
      !BN_is_word(numbers.exponent.get(), kExponent)) {
    return Malformed("the RSA key must have 3072 to 4096 bits and the exponent 65537");
  }
  return numbers;
}

absl::StatusOr<KeyHandle> ParseSpki(std::string_view spki_der) {
  const std::string expected = "not an RSA public key (SubjectPublicKeyInfo)";
  if (spki_der.empty() || spki_der.size() > kSpkiMax) return Malformed(expected);
  const unsigned char* next = Bytes(spki_der);
  KeyHandle key(d2i_PUBKEY(nullptr, &next, static_cast<int>(spki_der.size())));
  // Encoding it again shows anything that is not DER, and anything behind the key.
  if (key == nullptr || EVP_PKEY_is_a(key.get(), "RSA") != 1 || SpkiOf(key.get()) != spki_der) {
    return Malformed(expected);
  }
  if (auto numbers = CheckedNumbers(key.get()); !numbers.ok()) return numbers.status();
  return key;
}

// RFC 8017, 7.1, with the hash that every PKCS#11 module has for it.
bool UseOaepSha1(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha1()) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha1()) == 1;
}

class PrivateKey final : public RsaPrivateKey {
 public:
  explicit PrivateKey(KeyHandle key) : key_(std::move(key)) {}

  std::string PublicKeyDer() const override { return SpkiOf(key_.get()); }

  absl::StatusOr<Secret> UnwrapOaep(std::string_view wrapped) const override {
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
    if (context == nullptr || EVP_PKEY_decrypt_init(context.get()) != 1 ||
        !UseOaepSha1(context.get())) {
      return InternalFailure("RSA-OAEP");
    }
    std::string unwrapped(static_cast<size_t>(EVP_PKEY_get_size(key_.get())), '\0');
    size_t size = unwrapped.size();
    if (EVP_PKEY_decrypt(context.get(), MutableBytes(unwrapped), &size, Bytes(wrapped),
                         wrapped.size()) != 1) {
      WipeString(unwrapped);
      return Malformed("the wrapped key does not open under this transport key");
    }
    Secret key(std::string_view(unwrapped).substr(0, size));
    WipeString(unwrapped);
    return key;
  }

 private:
  KeyHandle key_;
};

}  // namespace

absl::StatusOr<RsaPublicKey> ParseRsaPublicKey(std::string_view spki_der) {
  SIGNET_ASSIGN_OR_RETURN(const KeyHandle key, ParseSpki(spki_der));
  SIGNET_ASSIGN_OR_RETURN(const PublicNumbers numbers, CheckedNumbers(key.get()));
  return RsaPublicKey{BigEndianOf(numbers.modulus.get()), BigEndianOf(numbers.exponent.get())};
}

absl::StatusOr<std::string> RsaSpki(const RsaPublicKey& key) {
  if (key.modulus.size() > kBitsMax / 8 || key.public_exponent.size() > sizeof(kExponent)) {
    return Malformed("the RSA key must have 3072 to 4096 bits and the exponent 65537");
  }
  const BignumHandle modulus(
      BN_bin2bn(Bytes(key.modulus), static_cast<int>(key.modulus.size()), nullptr));
  const BignumHandle exponent(
      BN_bin2bn(Bytes(key.public_exponent), static_cast<int>(key.public_exponent.size()), nullptr));
  const ParamsBuilder builder(OSSL_PARAM_BLD_new());
  if (modulus == nullptr || exponent == nullptr || builder == nullptr ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
    return InternalFailure("RSA public key");
  }
  const ParamsHandle params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* made = nullptr;
  if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return Malformed("the RSA key must have 3072 to 4096 bits and the exponent 65537");
  }
  const KeyHandle handle(made);
  if (auto numbers = CheckedNumbers(made); !numbers.ok()) return numbers.status();
  return SpkiOf(made);
}

absl::StatusOr<std::string> WrapOaep(std::string_view spki_der, const Secret& key) {
  SIGNET_ASSIGN_OR_RETURN(const KeyHandle transport, ParseSpki(spki_der));
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, transport.get(), nullptr));
  std::string wrapped(static_cast<size_t>(EVP_PKEY_get_size(transport.get())), '\0');
  size_t size = wrapped.size();
  if (context == nullptr || EVP_PKEY_encrypt_init(context.get()) != 1 ||
      !UseOaepSha1(context.get()) ||
      EVP_PKEY_encrypt(context.get(), MutableBytes(wrapped), &size, Bytes(key.reveal()),
                       key.size()) != 1) {
    return InternalFailure("RSA-OAEP");
  }
  wrapped.resize(size);
  return wrapped;
}

absl::StatusOr<std::unique_ptr<RsaPrivateKey>> RsaPrivateKey::Generate(int bits) {
  if (bits < kBitsMin || bits > kBitsMax) {
    return absl::InvalidArgumentError("an RSA transport key has 3072 to 4096 bits");
  }
  KeyHandle key(EVP_RSA_gen(static_cast<unsigned int>(bits)));
  if (key == nullptr) return InternalFailure("RSA key generation");
  return std::make_unique<PrivateKey>(std::move(key));
}

}  // namespace signet::openssl
