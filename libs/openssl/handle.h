// Owning handles of OpenSSL's objects. Internal to libs/openssl.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string_view>

namespace signet::openssl {

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

template <typename T, auto kFree>
using Handle = std::unique_ptr<T, Free<kFree>>;

using BioHandle = Handle<BIO, BIO_free>;
using BignumHandle = Handle<BIGNUM, BN_free>;
using CipherHandle = Handle<EVP_CIPHER, EVP_CIPHER_free>;
using CipherContext = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using DigestHandle = Handle<EVP_MD, EVP_MD_free>;
using DigestContext = Handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using EcdsaSignature = Handle<ECDSA_SIG, ECDSA_SIG_free>;
using KeyContext = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using KeyHandle = Handle<EVP_PKEY, EVP_PKEY_free>;
using MacContext = Handle<EVP_MAC_CTX, EVP_MAC_CTX_free>;
using MacHandle = Handle<EVP_MAC, EVP_MAC_free>;
using ParamsBuilder = Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using ParamsHandle = Handle<OSSL_PARAM, OSSL_PARAM_free>;
using Pkcs8Handle = Handle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;

using AlgorithmHandle = Handle<X509_ALGOR, X509_ALGOR_free>;
using BitStringHandle = Handle<ASN1_BIT_STRING, ASN1_BIT_STRING_free>;
using CertificateHandle = Handle<X509, X509_free>;
using GeneralNamesHandle = Handle<GENERAL_NAMES, GENERAL_NAMES_free>;
using IntegerHandle = Handle<ASN1_INTEGER, ASN1_INTEGER_free>;
using NameHandle = Handle<X509_NAME, X509_NAME_free>;
using OctetStringHandle = Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using RequestHandle = Handle<X509_REQ, X509_REQ_free>;
using StoreContext = Handle<X509_STORE_CTX, X509_STORE_CTX_free>;
using StoreHandle = Handle<X509_STORE, X509_STORE_free>;

// OpenSSL reads bytes as unsigned char.
inline const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
template <typename String>
unsigned char* MutableBytes(String& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace signet::openssl
