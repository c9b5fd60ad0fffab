#include "libs/openssl/p256.h"

#include <openssl/pem.h>

#include <utility>

#include "libs/base/status.h"
#include "libs/openssl/ecdsa_signature.h"
#include "libs/openssl/error.h"
#include "libs/openssl/handle.h"
#include "libs/openssl/p256_key.h"

namespace signet::openssl {
namespace {

constexpr size_t kDigestSize = 32;
constexpr size_t kDerSignatureMax = 72;
constexpr size_t kPemMax = 4096;

absl::Status CheckDigest(std::string_view digest) {
  if (digest.size() == kDigestSize) return absl::OkStatus();
  return absl::InvalidArgumentError("ECDSA takes a SHA-256 digest of 32 bytes");
}

class PublicKey final : public VerifyingKey {
 public:
  explicit PublicKey(KeyHandle key) : key_(std::move(key)) {}

  // The key is only read; everything that changes is in a context of this call.
  absl::Status VerifyDigest(std::string_view digest, std::string_view signature) override {
    SIGNET_RETURN_IF_ERROR(CheckDigest(digest));
    const auto der = DerSignature(signature);
    if (!der.ok()) return Unauthenticated();
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
    if (context == nullptr || EVP_PKEY_verify_init(context.get()) != 1) {
      return InternalFailure("ECDSA verification");
    }
    if (EVP_PKEY_verify(context.get(), Bytes(*der), der->size(), Bytes(digest), digest.size()) !=
        1) {
      return Unauthenticated();
    }
    return absl::OkStatus();
  }

 private:
  KeyHandle key_;
};

class PrivateKey final : public P256PrivateKey {
 public:
  explicit PrivateKey(KeyHandle key) : key_(std::move(key)) {}

  absl::StatusOr<std::string> SignDigest(std::string_view digest) override {
    SIGNET_RETURN_IF_ERROR(CheckDigest(digest));
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
    std::string der(kDerSignatureMax, '\0');
    size_t size = der.size();
    if (context == nullptr || EVP_PKEY_sign_init(context.get()) != 1 ||
        EVP_PKEY_sign(context.get(), MutableBytes(der), &size, Bytes(digest), digest.size()) != 1) {
      return InternalFailure("ECDSA signing");
    }
    der.resize(size);
    return RawSignature(der);
  }

  Secret ToPem() const override {
    const BioHandle bio(BIO_new(BIO_s_mem()));  // wipes its buffer when it is freed
    if (bio == nullptr || PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0,
                                                        nullptr, nullptr) != 1) {
      InternalFailure("private key encoding").IgnoreError();
      return Secret();
    }
    char* text = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &text);
    return Secret(std::string_view(text, static_cast<size_t>(size)));
  }

  std::string PublicKeyDer() const override { return SpkiOf(key_.get()); }

 private:
  KeyHandle key_;
};

// OpenSSL would ask for a passphrase on the terminal; this says there is none.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

}  // namespace

absl::StatusOr<std::unique_ptr<VerifyingKey>> ParseP256PublicKey(std::string_view spki_der) {
  SIGNET_ASSIGN_OR_RETURN(KeyHandle key, ParseP256Spki(spki_der));
  return std::make_unique<PublicKey>(std::move(key));
}

absl::StatusOr<std::unique_ptr<P256PrivateKey>> P256PrivateKey::Generate() {
  KeyHandle key(EVP_EC_gen("P-256"));
  if (key == nullptr) return InternalFailure("P-256 key generation");
  return std::make_unique<PrivateKey>(std::move(key));
}

absl::StatusOr<std::unique_ptr<P256PrivateKey>> P256PrivateKey::FromPem(std::string_view pem) {
  const std::string expected = "not an unencrypted PKCS#8 private key in PEM on P-256";
  if (pem.empty() || pem.size() > kPemMax) return Malformed(expected);
  const BioHandle bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Pkcs8Handle pkcs8(bio == nullptr ? nullptr
                                         : PEM_read_bio_PKCS8_PRIV_KEY_INFO(
                                               bio.get(), nullptr, &NoPassphrase, nullptr));
  KeyHandle key(pkcs8 == nullptr ? nullptr : EVP_PKCS82PKEY(pkcs8.get()));
  if (key == nullptr || !IsP256(key.get())) return Malformed(expected);
  const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (check == nullptr || EVP_PKEY_check(check.get()) != 1) {
    return Malformed("the private key and its public key do not belong together");
  }
  // Its certificates compare by this encoding, which a PKCS#8 file may have set otherwise.
  EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                 "uncompressed");
  if (auto spki = ParseP256Spki(SpkiOf(key.get())); !spki.ok()) return Malformed(expected);
  return std::make_unique<PrivateKey>(std::move(key));
}

}  // namespace signet::openssl
