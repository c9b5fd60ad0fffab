// Internal: attribute templates of new objects, and reading attributes of existing ones.
// PKCS#11 v2.40, 4.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/pkcs11/cryptoki.h"
#include "libs/pkcs11/key_policy.h"

namespace signet::pkcs11 {

// A list of attributes that owns their values. Movable: values keep their addresses. What is added
// last stands first: SoftHSM goes through a template in its order, and from CKA_MODIFIABLE false on
// it refuses the rest when it derives or unwraps, so KeyTemplate adds that one first.
class Template {
 public:
  Template() = default;
  Template(Template&&) = default;
  Template& operator=(Template&&) = default;
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;

  Template& AddBool(CK_ATTRIBUTE_TYPE type, bool value);
  Template& AddNumber(CK_ATTRIBUTE_TYPE type, CK_ULONG value);
  Template& AddBytes(CK_ATTRIBUTE_TYPE type, std::string_view value);
  // Not copied: for key values. The bytes must outlive this object.
  Template& AddBorrowed(CK_ATTRIBUTE_TYPE type, std::string_view value);

  CK_ATTRIBUTE* data() { return attributes_.data(); }
  CK_ULONG size() const { return static_cast<CK_ULONG>(attributes_.size()); }

 private:
  std::deque<std::vector<char>> values_;
  std::vector<CK_ATTRIBUTE> attributes_;
};

// CKO_SECRET_KEY, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY and "secret", "private", "public".
const char* ClassName(CK_OBJECT_CLASS object_class);  // "other" for any other
absl::StatusOr<CK_OBJECT_CLASS> ClassFromName(const std::string& name);

// Every attribute that the policy decides and the module can keep, each usage explicitly true or
// false. INVALID_ARGUMENT: a policy that contradicts itself or the class of the key.
absl::StatusOr<Template> KeyTemplate(const ModuleState& module, CK_OBJECT_CLASS object_class,
                                     CK_KEY_TYPE key_type, const KeyPolicy& policy);

// The usage attributes that keys of a class have.
struct UsageAttribute {
  Usage usage;
  CK_ATTRIBUTE_TYPE type;
};
std::vector<UsageAttribute> UsageAttributes(CK_OBJECT_CLASS object_class);

// NOT_FOUND: the module does not know such an attribute of this object.
absl::StatusOr<std::string> ReadBytes(const Connection& connection, CK_OBJECT_HANDLE object,
                                      CK_ATTRIBUTE_TYPE type);
absl::StatusOr<CK_ULONG> ReadNumber(const Connection& connection, CK_OBJECT_HANDLE object,
                                    CK_ATTRIBUTE_TYPE type);
absl::StatusOr<bool> ReadBool(const Connection& connection, CK_OBJECT_HANDLE object,
                              CK_ATTRIBUTE_TYPE type);

}  // namespace signet::pkcs11
