// What a module says of a key.
#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/pkcs11/attributes.h"
#include "libs/pkcs11/error.h"
#include "libs/pkcs11/mechanism.h"
#include "libs/pkcs11/p256_encoding.h"
#include "libs/pkcs11/session.h"

namespace signet::pkcs11 {
namespace {

absl::StatusOr<std::string> KeyTypeText(const Connection& connection, CK_OBJECT_HANDLE key) {
  SIGNET_ASSIGN_OR_RETURN(const CK_ULONG type, ReadNumber(connection, key, CKA_KEY_TYPE));
  if (type == CKK_AES) {
    SIGNET_ASSIGN_OR_RETURN(const CK_ULONG bytes, ReadNumber(connection, key, CKA_VALUE_LEN));
    // SoftHSM does not know the length of a key that it unwrapped.
    return bytes == 0 ? std::string("AES") : absl::StrCat("AES-", bytes * 8);
  }
  if (type == CKK_EC) {
    SIGNET_ASSIGN_OR_RETURN(const std::string curve, ReadBytes(connection, key, CKA_EC_PARAMS));
    return std::string(curve == kP256Parameters ? "EC-P256" : "EC");
  }
  if (type == CKK_RSA) {
    SIGNET_ASSIGN_OR_RETURN(const std::string modulus, ReadBytes(connection, key, CKA_MODULUS));
    return absl::StrCat("RSA-", modulus.size() * 8);
  }
  return absl::StrCat("key type ", type);
}

absl::Status ReadMechanisms(const Connection& connection, KeyDescription& description) {
  const auto bytes = ReadBytes(connection, description.handle, CKA_ALLOWED_MECHANISMS);
  // Not every module keeps it; an empty list is one that limits nothing.
  if (absl::IsNotFound(bytes.status())) return absl::OkStatus();
  SIGNET_RETURN_IF_ERROR(bytes.status());
  for (size_t at = 0; at + sizeof(CK_MECHANISM_TYPE) <= bytes->size();
       at += sizeof(CK_MECHANISM_TYPE)) {
    CK_MECHANISM_TYPE type = 0;
    std::memcpy(&type, bytes->data() + at, sizeof(type));
    if (const std::optional<Mechanism> mechanism = FromCk(type)) {
      description.allowed_mechanisms.push_back(*mechanism);
    } else {
      description.other_mechanisms.push_back(type);
    }
  }
  return absl::OkStatus();
}

struct BoolField {
  CK_ATTRIBUTE_TYPE type;
  bool KeyDescription::*field;
  std::optional<bool> absent = std::nullopt;  // what it means where a module has no such attribute
};

// Defaults: PKCS#11 v2.40, 4.4 and 4.9.
constexpr BoolField kCommon[] = {
    {CKA_TOKEN, &KeyDescription::on_token},        {CKA_PRIVATE, &KeyDescription::is_private},
    {CKA_MODIFIABLE, &KeyDescription::modifiable}, {CKA_COPYABLE, &KeyDescription::copyable, true},
    {CKA_LOCAL, &KeyDescription::local},
};
constexpr BoolField kSecretAndPrivate[] = {
    {CKA_SENSITIVE, &KeyDescription::sensitive},
    {CKA_EXTRACTABLE, &KeyDescription::extractable},
    {CKA_NEVER_EXTRACTABLE, &KeyDescription::never_extractable},
};
constexpr BoolField kPrivate[] = {
    {CKA_ALWAYS_AUTHENTICATE, &KeyDescription::always_authenticate, false},
};

template <size_t kCount>
absl::Status ReadFields(const Connection& connection, const BoolField (&fields)[kCount],
                        KeyDescription& description) {
  for (const BoolField& field : fields) {
    const auto value = ReadBool(connection, description.handle, field.type);
    const bool known = !absl::IsNotFound(value.status()) || !field.absent.has_value();
    if (known) SIGNET_RETURN_IF_ERROR(value.status());
    description.*field.field = known ? *value : *field.absent;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<KeyDescription> Session::Describe(ObjectHandle key) {
  const Connection connection{module_->functions, handle_};
  KeyDescription description;
  description.handle = key;
  SIGNET_ASSIGN_OR_RETURN(const CK_OBJECT_CLASS object_class,
                          ReadNumber(connection, key, CKA_CLASS));
  description.object_class = ClassName(object_class);
  if (UsageAttributes(object_class).empty()) {
    return absl::InvalidArgumentError(absl::StrCat("object ", key, " is not a key"));
  }
  SIGNET_ASSIGN_OR_RETURN(description.key_type, KeyTypeText(connection, key));
  SIGNET_ASSIGN_OR_RETURN(description.label, ReadBytes(connection, key, CKA_LABEL));
  SIGNET_ASSIGN_OR_RETURN(description.id, ReadBytes(connection, key, CKA_ID));
  SIGNET_RETURN_IF_ERROR(ReadFields(connection, kCommon, description));
  if (object_class != CKO_PUBLIC_KEY) {
    SIGNET_RETURN_IF_ERROR(ReadFields(connection, kSecretAndPrivate, description));
  }
  if (object_class == CKO_PRIVATE_KEY) {
    SIGNET_RETURN_IF_ERROR(ReadFields(connection, kPrivate, description));
  }
  for (const UsageAttribute& known : UsageAttributes(object_class)) {
    SIGNET_ASSIGN_OR_RETURN(const bool allowed, ReadBool(connection, key, known.type));
    if (allowed) description.usages.push_back(known.usage);
  }
  SIGNET_RETURN_IF_ERROR(ReadMechanisms(connection, description));
  return description;
}

}  // namespace signet::pkcs11
