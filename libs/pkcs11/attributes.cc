#include "libs/pkcs11/attributes.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/pkcs11/error.h"
#include "libs/pkcs11/mechanism.h"

namespace signet::pkcs11 {
namespace {

template <typename Value>
std::string_view AsBytes(const Value& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

absl::Status CheckPolicy(CK_OBJECT_CLASS object_class, const KeyPolicy& policy) {
  const auto refuse = [&](const std::string& why) {
    return absl::InvalidArgumentError(absl::StrCat("policy of the ", ClassName(object_class),
                                                   " key '", policy.label, "': ", why));
  };
  // An empty list would let a module allow every mechanism.
  if (!policy.usages.empty() && policy.allowed_mechanisms.empty()) {
    return refuse("it has usages but names no allowed mechanism");
  }
  if (policy.always_authenticate && object_class != CKO_PRIVATE_KEY) {
    return refuse("only private keys can ask for the PIN at each use");
  }
  if (policy.extractable && object_class != CKO_SECRET_KEY) {
    return refuse("only a secret key may be extractable");
  }
  const std::vector<UsageAttribute> possible = UsageAttributes(object_class);
  for (Usage usage : policy.usages) {
    if (std::none_of(possible.begin(), possible.end(),
                     [&](const UsageAttribute& known) { return known.usage == usage; })) {
      return refuse(absl::StrCat("such keys cannot ", UsageName(usage)));
    }
  }
  return absl::OkStatus();
}

void AddUsages(Template& attributes, CK_OBJECT_CLASS object_class, const KeyPolicy& policy) {
  for (const UsageAttribute& known : UsageAttributes(object_class)) {
    attributes.AddBool(known.type, std::find(policy.usages.begin(), policy.usages.end(),
                                             known.usage) != policy.usages.end());
  }
  // Never used here, and true by default in some modules.
  if (object_class == CKO_PRIVATE_KEY) attributes.AddBool(CKA_SIGN_RECOVER, false);
  if (object_class == CKO_PUBLIC_KEY) attributes.AddBool(CKA_VERIFY_RECOVER, false);
}

}  // namespace

Template& Template::AddBytes(CK_ATTRIBUTE_TYPE type, std::string_view value) {
  const std::vector<char>& kept = values_.emplace_back(value.begin(), value.end());
  return AddBorrowed(type, std::string_view(kept.data(), kept.size()));
}

Template& Template::AddBool(CK_ATTRIBUTE_TYPE type, bool value) {
  return AddBytes(type, AsBytes(Bool(value)));
}

Template& Template::AddNumber(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
  return AddBytes(type, AsBytes(value));
}

Template& Template::AddBorrowed(CK_ATTRIBUTE_TYPE type, std::string_view value) {
  attributes_.insert(attributes_.begin(), CK_ATTRIBUTE{type, InBytes(value), Length(value)});
  return *this;
}

const char* ClassName(CK_OBJECT_CLASS object_class) {
  switch (object_class) {
    case CKO_SECRET_KEY:
      return "secret";
    case CKO_PRIVATE_KEY:
      return "private";
    case CKO_PUBLIC_KEY:
      return "public";
    default:
      return "other";
  }
}

absl::StatusOr<CK_OBJECT_CLASS> ClassFromName(const std::string& name) {
  for (CK_OBJECT_CLASS object_class : {CKO_SECRET_KEY, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY}) {
    if (name == ClassName(object_class)) return object_class;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no object class '", name, "'; use secret, private or public"));
}

std::vector<UsageAttribute> UsageAttributes(CK_OBJECT_CLASS object_class) {
  switch (object_class) {
    case CKO_SECRET_KEY:
      return {{Usage::kEncrypt, CKA_ENCRYPT}, {Usage::kDecrypt, CKA_DECRYPT},
              {Usage::kSign, CKA_SIGN},       {Usage::kVerify, CKA_VERIFY},
              {Usage::kWrap, CKA_WRAP},       {Usage::kUnwrap, CKA_UNWRAP},
              {Usage::kDerive, CKA_DERIVE}};
    case CKO_PRIVATE_KEY:
      return {{Usage::kDecrypt, CKA_DECRYPT},
              {Usage::kSign, CKA_SIGN},
              {Usage::kUnwrap, CKA_UNWRAP},
              {Usage::kDerive, CKA_DERIVE}};
    case CKO_PUBLIC_KEY:
      return {{Usage::kEncrypt, CKA_ENCRYPT},
              {Usage::kVerify, CKA_VERIFY},
              {Usage::kWrap, CKA_WRAP},
              {Usage::kDerive, CKA_DERIVE}};
    default:
      return {};
  }
}

absl::StatusOr<Template> KeyTemplate(const ModuleState& module, CK_OBJECT_CLASS object_class,
                                     CK_KEY_TYPE key_type, const KeyPolicy& policy) {
  SIGNET_RETURN_IF_ERROR(CheckPolicy(object_class, policy));
  std::vector<CK_MECHANISM_TYPE> mechanisms;
  for (Mechanism mechanism : policy.allowed_mechanisms) mechanisms.push_back(ToCk(mechanism));
  const bool is_public = object_class == CKO_PUBLIC_KEY;

  Template attributes;
  // NSS has no place for these two in its database and refuses a token object that names them.
  const bool with_limits = !module.is_nss || !policy.on_token;
  attributes.AddBool(CKA_MODIFIABLE, false);
  if (with_limits) attributes.AddBool(CKA_COPYABLE, false);
  attributes.AddBytes(CKA_LABEL, policy.label).AddBytes(CKA_ID, policy.id);
  // SoftHSM takes no empty list. Only a key without any usage has none.
  if (with_limits && !mechanisms.empty()) {
    attributes.AddBytes(CKA_ALLOWED_MECHANISMS, {reinterpret_cast<const char*>(mechanisms.data()),
                                                 mechanisms.size() * sizeof(CK_MECHANISM_TYPE)});
  }
  AddUsages(attributes, object_class, policy);
  if (!is_public) {
    attributes.AddBool(CKA_SENSITIVE, true).AddBool(CKA_EXTRACTABLE, policy.extractable);
  }
  if (object_class == CKO_PRIVATE_KEY) {
    attributes.AddBool(CKA_ALWAYS_AUTHENTICATE, policy.always_authenticate);
  }
  attributes.AddBool(CKA_PRIVATE, !is_public)
      .AddBool(CKA_TOKEN, policy.on_token)
      .AddNumber(CKA_KEY_TYPE, key_type)
      .AddNumber(CKA_CLASS, object_class);
  return attributes;
}

absl::StatusOr<std::string> ReadBytes(const Connection& connection, CK_OBJECT_HANDLE object,
                                      CK_ATTRIBUTE_TYPE type) {
  CK_ATTRIBUTE attribute{type, nullptr, 0};
  const CK_RV rv =
      connection.functions->C_GetAttributeValue(connection.session, object, &attribute, 1);
  if (rv == CKR_ATTRIBUTE_TYPE_INVALID) {
    return absl::NotFoundError(
        absl::StrCat("the module does not know attribute 0x", absl::Hex(type), " of the object"));
  }
  SIGNET_RETURN_IF_ERROR(Check(rv, "C_GetAttributeValue"));
  if (attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION) {
    return Check(CKR_ATTRIBUTE_SENSITIVE, "C_GetAttributeValue");
  }
  std::string value(attribute.ulValueLen, '\0');
  if (value.empty()) return value;
  attribute.pValue = value.data();
  SIGNET_RETURN_IF_ERROR(
      Check(connection.functions->C_GetAttributeValue(connection.session, object, &attribute, 1),
            "C_GetAttributeValue"));
  if (attribute.ulValueLen > value.size()) {
    return Broken("C_GetAttributeValue", "the attribute grew while it was read");
  }
  value.resize(attribute.ulValueLen);
  return value;
}

absl::StatusOr<CK_ULONG> ReadNumber(const Connection& connection, CK_OBJECT_HANDLE object,
                                    CK_ATTRIBUTE_TYPE type) {
  SIGNET_ASSIGN_OR_RETURN(const std::string bytes, ReadBytes(connection, object, type));
  CK_ULONG value = 0;
  if (bytes.size() != sizeof(value)) {
    return Broken("C_GetAttributeValue", "a number of an unexpected size");
  }
  std::memcpy(&value, bytes.data(), sizeof(value));
  return value;
}

absl::StatusOr<bool> ReadBool(const Connection& connection, CK_OBJECT_HANDLE object,
                              CK_ATTRIBUTE_TYPE type) {
  SIGNET_ASSIGN_OR_RETURN(const std::string bytes, ReadBytes(connection, object, type));
  if (bytes.size() != sizeof(CK_BBOOL)) {
    return Broken("C_GetAttributeValue", "a boolean of an unexpected size");
  }
  return bytes[0] != CK_FALSE;
}

}  // namespace signet::pkcs11
