// Making keys: generated, derived, imported, wrapped.
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/pkcs11/attributes.h"
#include "libs/pkcs11/error.h"
#include "libs/pkcs11/p256_encoding.h"
#include "libs/pkcs11/session.h"

namespace signet::pkcs11 {
namespace {

constexpr CK_ULONG kAes256Bytes = 32;
constexpr CK_ULONG kRsaModulusBits = 3072;
constexpr std::string_view kRsaExponent("\x01\x00\x01", 3);  // 65537
constexpr size_t kAesBlockBytes = 16;

bool IsAesKeySize(size_t bytes) { return bytes == 16 || bytes == 24 || bytes == 32; }

constexpr size_t kMaxRsaBytes = 4096 / 8;

absl::StatusOr<KeyPair> GeneratePair(const Connection& connection, CK_MECHANISM_TYPE type,
                                     Template& public_template, Template& private_template) {
  CK_MECHANISM mechanism{type, nullptr, 0};
  KeyPair pair;
  SIGNET_RETURN_IF_ERROR(Check(
      connection.functions->C_GenerateKeyPair(
          connection.session, &mechanism, public_template.data(), public_template.size(),
          private_template.data(), private_template.size(), &pair.public_key, &pair.private_key),
      "C_GenerateKeyPair"));
  return pair;
}

absl::StatusOr<ObjectHandle> CreateObject(const Connection& connection, Template& attributes) {
  ObjectHandle object = 0;
  SIGNET_RETURN_IF_ERROR(
      Check(connection.functions->C_CreateObject(connection.session, attributes.data(),
                                                 attributes.size(), &object),
            "C_CreateObject"));
  return object;
}

// RSAES-OAEP (RFC 8017, 7.1) with SHA-1 and MGF1-SHA-1, without a label.
CK_RSA_PKCS_OAEP_PARAMS OaepParameters() {
  CK_RSA_PKCS_OAEP_PARAMS parameters = {};
  parameters.hashAlg = CKM_SHA_1;
  parameters.mgf = CKG_MGF1_SHA1;
  parameters.source = CKZ_DATA_SPECIFIED;
  return parameters;
}

}  // namespace

absl::StatusOr<ObjectHandle> Session::GenerateAes256(const KeyPolicy& policy) {
  SIGNET_ASSIGN_OR_RETURN(Template attributes,
                          KeyTemplate(*module_, CKO_SECRET_KEY, CKK_AES, policy));
  attributes.AddNumber(CKA_VALUE_LEN, kAes256Bytes);
  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  ObjectHandle key = 0;
  SIGNET_RETURN_IF_ERROR(Check(module_->functions->C_GenerateKey(
                                   handle_, &mechanism, attributes.data(), attributes.size(), &key),
                               "C_GenerateKey"));
  return key;
}

absl::StatusOr<KeyPair> Session::GenerateP256(const KeyPolicy& private_policy,
                                              const KeyPolicy& public_policy) {
  SIGNET_ASSIGN_OR_RETURN(Template private_template,
                          KeyTemplate(*module_, CKO_PRIVATE_KEY, CKK_EC, private_policy));
  SIGNET_ASSIGN_OR_RETURN(Template public_template,
                          KeyTemplate(*module_, CKO_PUBLIC_KEY, CKK_EC, public_policy));
  public_template.AddBytes(CKA_EC_PARAMS, kP256Parameters);
  return GeneratePair({module_->functions, handle_}, CKM_EC_KEY_PAIR_GEN, public_template,
                      private_template);
}

absl::StatusOr<KeyPair> Session::GenerateRsa3072(const KeyPolicy& private_policy,
                                                 const KeyPolicy& public_policy) {
  SIGNET_ASSIGN_OR_RETURN(Template private_template,
                          KeyTemplate(*module_, CKO_PRIVATE_KEY, CKK_RSA, private_policy));
  SIGNET_ASSIGN_OR_RETURN(Template public_template,
                          KeyTemplate(*module_, CKO_PUBLIC_KEY, CKK_RSA, public_policy));
  public_template.AddNumber(CKA_MODULUS_BITS, kRsaModulusBits)
      .AddBytes(CKA_PUBLIC_EXPONENT, kRsaExponent);
  return GeneratePair({module_->functions, handle_}, CKM_RSA_PKCS_KEY_PAIR_GEN, public_template,
                      private_template);
}

absl::StatusOr<ObjectHandle> Session::DeriveAes(ObjectHandle base, std::string_view data,
                                                size_t key_bytes, const KeyPolicy& policy) {
  if (!IsAesKeySize(key_bytes) || data.empty() || data.size() % kAesBlockBytes != 0 ||
      data.size() < key_bytes) {
    return absl::InvalidArgumentError(absl::StrCat("cannot derive an AES key of ", key_bytes,
                                                   " bytes from ", data.size(),
                                                   " bytes of derivation data"));
  }
  SIGNET_ASSIGN_OR_RETURN(Template attributes,
                          KeyTemplate(*module_, CKO_SECRET_KEY, CKK_AES, policy));
  attributes.AddNumber(CKA_VALUE_LEN, key_bytes);
  CK_KEY_DERIVATION_STRING_DATA parameters{InBytes(data), Length(data)};
  CK_MECHANISM mechanism{CKM_AES_ECB_ENCRYPT_DATA, &parameters, sizeof(parameters)};
  ObjectHandle key = 0;
  SIGNET_RETURN_IF_ERROR(
      Check(module_->functions->C_DeriveKey(handle_, &mechanism, base, attributes.data(),
                                            attributes.size(), &key),
            "C_DeriveKey"));
  return key;
}

absl::StatusOr<ObjectHandle> Session::ImportAes(const Secret& value, const KeyPolicy& policy) {
  if (!IsAesKeySize(value.size())) {
    return absl::InvalidArgumentError(
        absl::StrCat("an AES key has 16, 24 or 32 bytes, not ", value.size()));
  }
  SIGNET_ASSIGN_OR_RETURN(Template attributes,
                          KeyTemplate(*module_, CKO_SECRET_KEY, CKK_AES, policy));
  attributes.AddBorrowed(CKA_VALUE, value.reveal());
  return CreateObject({module_->functions, handle_}, attributes);
}

absl::StatusOr<ObjectHandle> Session::ImportP256PublicKey(std::string_view point,
                                                          const KeyPolicy& policy) {
  SIGNET_ASSIGN_OR_RETURN(const std::string encoded, EncodeP256Point(point));
  SIGNET_ASSIGN_OR_RETURN(Template attributes,
                          KeyTemplate(*module_, CKO_PUBLIC_KEY, CKK_EC, policy));
  attributes.AddBytes(CKA_EC_PARAMS, kP256Parameters).AddBytes(CKA_EC_POINT, encoded);
  return CreateObject({module_->functions, handle_}, attributes);
}

absl::StatusOr<ObjectHandle> Session::ImportRsaPublicKey(std::string_view modulus,
                                                         std::string_view public_exponent,
                                                         const KeyPolicy& policy) {
  SIGNET_ASSIGN_OR_RETURN(Template attributes,
                          KeyTemplate(*module_, CKO_PUBLIC_KEY, CKK_RSA, policy));
  attributes.AddBytes(CKA_MODULUS, modulus).AddBytes(CKA_PUBLIC_EXPONENT, public_exponent);
  return CreateObject({module_->functions, handle_}, attributes);
}

absl::StatusOr<std::string> Session::P256Point(ObjectHandle public_key) {
  SIGNET_ASSIGN_OR_RETURN(const std::string encoded,
                          ReadBytes({module_->functions, handle_}, public_key, CKA_EC_POINT));
  return DecodeP256Point(encoded);
}

absl::StatusOr<Session::RsaNumbers> Session::RsaPublicNumbers(ObjectHandle public_key) {
  RsaNumbers numbers;
  const Connection connection{module_->functions, handle_};
  SIGNET_ASSIGN_OR_RETURN(numbers.modulus, ReadBytes(connection, public_key, CKA_MODULUS));
  SIGNET_ASSIGN_OR_RETURN(numbers.public_exponent,
                          ReadBytes(connection, public_key, CKA_PUBLIC_EXPONENT));
  return numbers;
}

absl::StatusOr<std::string> Session::WrapOaep(ObjectHandle public_key, ObjectHandle key) {
  CK_RSA_PKCS_OAEP_PARAMS parameters = OaepParameters();
  CK_MECHANISM mechanism{CKM_RSA_PKCS_OAEP, &parameters, sizeof(parameters)};
  std::string wrapped(kMaxRsaBytes, '\0');
  CK_ULONG size = Length(wrapped);
  SIGNET_RETURN_IF_ERROR(Check(
      module_->functions->C_WrapKey(handle_, &mechanism, public_key, key, OutBytes(wrapped), &size),
      "C_WrapKey"));
  wrapped.resize(size);
  return wrapped;
}

absl::StatusOr<ObjectHandle> Session::UnwrapOaepAes(ObjectHandle private_key,
                                                    std::string_view wrapped,
                                                    const KeyPolicy& policy) {
  // No CKA_VALUE_LEN: C_UnwrapKey takes the length from the key (PKCS#11 v2.40 mechanisms, 2.8.2).
  SIGNET_ASSIGN_OR_RETURN(Template attributes,
                          KeyTemplate(*module_, CKO_SECRET_KEY, CKK_AES, policy));
  CK_RSA_PKCS_OAEP_PARAMS parameters = OaepParameters();
  CK_MECHANISM mechanism{CKM_RSA_PKCS_OAEP, &parameters, sizeof(parameters)};
  ObjectHandle key = 0;
  SIGNET_RETURN_IF_ERROR(Check(
      module_->functions->C_UnwrapKey(handle_, &mechanism, private_key, InBytes(wrapped),
                                      Length(wrapped), attributes.data(), attributes.size(), &key),
      "C_UnwrapKey"));
  return key;
}

}  // namespace signet::pkcs11
