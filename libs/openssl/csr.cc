#include "libs/base/status.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/error.h"
#include "libs/openssl/p256_key.h"
#include "libs/openssl/x509_parts.h"

namespace signet::openssl {
namespace {

std::string PublicKeyOf(X509_REQ* request) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), &der);
  if (size <= 0) return "";
  std::string spki(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return spki;
}

absl::StatusOr<std::string> EncodeTbs(X509_REQ* request) {
  unsigned char* der = nullptr;
  const int size = i2d_re_X509_REQ_tbs(request, &der);
  if (size <= 0) return InternalFailure("certificate request");
  std::string tbs(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return tbs;
}

}  // namespace

absl::StatusOr<std::string> BuildCsr(std::string_view common_name,
                                     std::string_view public_key_spki_der, SigningKey& signer) {
  SIGNET_ASSIGN_OR_RETURN(const KeyHandle key, ParseP256Spki(public_key_spki_der));
  SIGNET_ASSIGN_OR_RETURN(const NameHandle name, MakeName(common_name));
  SIGNET_ASSIGN_OR_RETURN(const AlgorithmHandle algorithm, EcdsaWithSha256());
  const RequestHandle request(X509_REQ_new());
  if (request == nullptr || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_subject_name(request.get(), name.get()) != 1 ||
      X509_REQ_set_pubkey(request.get(), key.get()) != 1 ||
      X509_REQ_set1_signature_algo(request.get(), algorithm.get()) != 1) {
    return InternalFailure("certificate request");
  }
  // The key may be in a module, so OpenSSL cannot sign: the part to be signed is encoded, signed
  // out there, and the signature put in place.
  SIGNET_ASSIGN_OR_RETURN(const std::string tbs, EncodeTbs(request.get()));
  SIGNET_ASSIGN_OR_RETURN(BitStringHandle signature, SignTbs(tbs, signer));
  X509_REQ_set0_signature(request.get(), signature.release());
  if (X509_REQ_verify(request.get(), key.get()) != 1) {
    InternalFailure("").IgnoreError();
    return absl::FailedPreconditionError(
        "certificate request: the signing key is not the private half of the given public key");
  }
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  if (size <= 0) return InternalFailure("certificate request");
  std::string encoded(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return encoded;
}

absl::StatusOr<std::string> VerifyCsr(std::string_view csr_der) {
  SIGNET_ASSIGN_OR_RETURN(const RequestHandle request, ParseX509Request(csr_der));
  if (X509_REQ_get_version(request.get()) != X509_REQ_VERSION_1 ||
      X509_REQ_get_signature_nid(request.get()) != NID_ecdsa_with_SHA256) {
    return Malformed("the certificate request is not version 1 with ecdsa-with-SHA256");
  }
  std::string spki = PublicKeyOf(request.get());
  const auto key = ParseP256Spki(spki);
  if (!key.ok()) return Annotate(key.status(), "the certificate request");
  if (X509_REQ_verify(request.get(), key->get()) != 1) {
    return Malformed("the certificate request's own signature does not fit");
  }
  return spki;
}

}  // namespace signet::openssl
