#include "libs/pkcs11/error.h"

#include <array>

#include "absl/strings/str_cat.h"

namespace signet::pkcs11 {
namespace {

using absl::StatusCode;

struct Meaning {
  CK_RV rv;
  const char* name;
  StatusCode code;
  const char* remedy;
};

constexpr char kBadArgument[] = "the module refused the arguments of this call";
constexpr char kBadTemplate[] = "the module refused the attributes of the new object";
constexpr char kBadWrap[] = "the wrapped key does not open with this key";
constexpr char kGone[] = "the session or token is gone; check the module's connection and restart";
constexpr char kNoObject[] = "no such object; it was destroyed, or belongs to another session";
constexpr char kKeyUse[] = "the key's attributes do not allow this use";
constexpr char kNoMemory[] = "the module has no room left; close sessions or destroy objects";
constexpr char kOutOfOrder[] = "calls on this session came out of order";
constexpr char kBroken[] = "the module failed; look into its own log";

#define SIGNET_CKR(name, code, remedy) \
  Meaning { name, #name, StatusCode::code, remedy }

constexpr std::array kMeanings = {
    SIGNET_CKR(CKR_PIN_INCORRECT, kUnauthenticated, "the token refused the PIN; enter it again"),
    SIGNET_CKR(CKR_SIGNATURE_INVALID, kUnauthenticated, "the signature does not verify"),
    SIGNET_CKR(CKR_SIGNATURE_LEN_RANGE, kUnauthenticated, "the signature does not verify"),
    SIGNET_CKR(CKR_USER_NOT_LOGGED_IN, kPermissionDenied,
               "this needs a login with the PIN, or, for a key that asks at each use, the PIN now"),
    SIGNET_CKR(CKR_PIN_LOCKED, kPermissionDenied,
               "the PIN is locked after too many wrong ones; the security officer can set a new "
               "one"),
    SIGNET_CKR(CKR_PIN_EXPIRED, kPermissionDenied, "the PIN has expired; set a new one"),
    SIGNET_CKR(CKR_KEY_FUNCTION_NOT_PERMITTED, kPermissionDenied, kKeyUse),
    SIGNET_CKR(CKR_KEY_UNEXTRACTABLE, kPermissionDenied, "the key may not leave the module"),
    SIGNET_CKR(CKR_KEY_NOT_WRAPPABLE, kPermissionDenied, "the key may not leave the module"),
    SIGNET_CKR(CKR_ATTRIBUTE_SENSITIVE, kPermissionDenied, "the attribute may not be read"),
    SIGNET_CKR(CKR_ATTRIBUTE_READ_ONLY, kPermissionDenied, "the attribute may not be changed"),
    SIGNET_CKR(CKR_ACTION_PROHIBITED, kPermissionDenied, "the object forbids this"),
    SIGNET_CKR(CKR_OBJECT_HANDLE_INVALID, kNotFound, kNoObject),
    SIGNET_CKR(CKR_KEY_HANDLE_INVALID, kNotFound, kNoObject),
    SIGNET_CKR(CKR_WRAPPING_KEY_HANDLE_INVALID, kNotFound, kNoObject),
    SIGNET_CKR(CKR_UNWRAPPING_KEY_HANDLE_INVALID, kNotFound, kNoObject),
    SIGNET_CKR(CKR_SLOT_ID_INVALID, kNotFound, "no such slot; find the token by its label again"),
    SIGNET_CKR(CKR_ARGUMENTS_BAD, kInvalidArgument, kBadArgument),
    SIGNET_CKR(CKR_DATA_INVALID, kInvalidArgument, kBadArgument),
    SIGNET_CKR(CKR_DATA_LEN_RANGE, kInvalidArgument, kBadArgument),
    SIGNET_CKR(CKR_ENCRYPTED_DATA_INVALID, kInvalidArgument, kBadArgument),
    SIGNET_CKR(CKR_ENCRYPTED_DATA_LEN_RANGE, kInvalidArgument, kBadArgument),
    SIGNET_CKR(CKR_MECHANISM_PARAM_INVALID, kInvalidArgument, kBadArgument),
    SIGNET_CKR(CKR_KEY_SIZE_RANGE, kInvalidArgument, "the key's size does not fit this use"),
    SIGNET_CKR(CKR_KEY_TYPE_INCONSISTENT, kInvalidArgument, "the key's type does not fit this use"),
    SIGNET_CKR(CKR_ATTRIBUTE_TYPE_INVALID, kInvalidArgument, kBadTemplate),
    SIGNET_CKR(CKR_ATTRIBUTE_VALUE_INVALID, kInvalidArgument, kBadTemplate),
    SIGNET_CKR(CKR_TEMPLATE_INCOMPLETE, kInvalidArgument, kBadTemplate),
    SIGNET_CKR(CKR_TEMPLATE_INCONSISTENT, kInvalidArgument, kBadTemplate),
    SIGNET_CKR(CKR_DOMAIN_PARAMS_INVALID, kInvalidArgument, kBadTemplate),
    SIGNET_CKR(CKR_CURVE_NOT_SUPPORTED, kInvalidArgument, "the module does not know this curve"),
    SIGNET_CKR(CKR_PUBLIC_KEY_INVALID, kInvalidArgument, "not a valid public key"),
    SIGNET_CKR(CKR_WRAPPED_KEY_INVALID, kInvalidArgument, kBadWrap),
    SIGNET_CKR(CKR_WRAPPED_KEY_LEN_RANGE, kInvalidArgument, kBadWrap),
    SIGNET_CKR(CKR_WRAPPING_KEY_SIZE_RANGE, kInvalidArgument, "the wrapping key does not fit"),
    SIGNET_CKR(CKR_WRAPPING_KEY_TYPE_INCONSISTENT, kInvalidArgument,
               "the wrapping key does not fit"),
    SIGNET_CKR(CKR_UNWRAPPING_KEY_SIZE_RANGE, kInvalidArgument, kBadWrap),
    SIGNET_CKR(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, kInvalidArgument, kBadWrap),
    SIGNET_CKR(CKR_PIN_INVALID, kInvalidArgument,
               "the token does not take this PIN; choose other "
               "characters"),
    SIGNET_CKR(CKR_PIN_LEN_RANGE, kInvalidArgument, "the PIN is too short or too long"),
    SIGNET_CKR(CKR_PIN_TOO_WEAK, kInvalidArgument, "the PIN is too weak; choose another"),
    SIGNET_CKR(CKR_MECHANISM_INVALID, kFailedPrecondition,
               "the module lacks this mechanism, or the key does not allow it"),
    SIGNET_CKR(CKR_FUNCTION_NOT_SUPPORTED, kFailedPrecondition,
               "the module lacks this function; use another module"),
    SIGNET_CKR(CKR_TOKEN_NOT_RECOGNIZED, kFailedPrecondition,
               "the token is not initialized; initialize it first"),
    SIGNET_CKR(CKR_USER_PIN_NOT_INITIALIZED, kFailedPrecondition,
               "the token has no user PIN yet; initialize the token again"),
    SIGNET_CKR(CKR_TOKEN_WRITE_PROTECTED, kFailedPrecondition, "the token is write-protected"),
    SIGNET_CKR(CKR_SESSION_READ_ONLY, kFailedPrecondition, "the session may only read"),
    SIGNET_CKR(CKR_SESSION_EXISTS, kFailedPrecondition,
               "the token has open sessions; end every program that uses it first"),
    SIGNET_CKR(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, kFailedPrecondition,
               "the security officer is logged in; log out first"),
    SIGNET_CKR(CKR_SESSION_READ_ONLY_EXISTS, kFailedPrecondition,
               "the token has open read-only sessions; close them first"),
    SIGNET_CKR(CKR_CRYPTOKI_ALREADY_INITIALIZED, kFailedPrecondition,
               "something else in this process already uses the module"),
    SIGNET_CKR(CKR_CANT_LOCK, kFailedPrecondition,
               "the module cannot be used by several threads; use another module"),
    SIGNET_CKR(CKR_DEVICE_REMOVED, kUnavailable, kGone),
    SIGNET_CKR(CKR_TOKEN_NOT_PRESENT, kUnavailable, kGone),
    SIGNET_CKR(CKR_SESSION_HANDLE_INVALID, kUnavailable, kGone),
    SIGNET_CKR(CKR_SESSION_CLOSED, kUnavailable, kGone),
    SIGNET_CKR(CKR_CRYPTOKI_NOT_INITIALIZED, kUnavailable, kGone),
    SIGNET_CKR(CKR_HOST_MEMORY, kResourceExhausted, kNoMemory),
    SIGNET_CKR(CKR_DEVICE_MEMORY, kResourceExhausted, kNoMemory),
    SIGNET_CKR(CKR_SESSION_COUNT, kResourceExhausted, kNoMemory),
    SIGNET_CKR(CKR_OPERATION_ACTIVE, kInternal, kOutOfOrder),
    SIGNET_CKR(CKR_OPERATION_NOT_INITIALIZED, kInternal, kOutOfOrder),
    SIGNET_CKR(CKR_BUFFER_TOO_SMALL, kInternal, kOutOfOrder),
    SIGNET_CKR(CKR_USER_TYPE_INVALID, kInternal, kBroken),
    SIGNET_CKR(CKR_RANDOM_NO_RNG, kInternal, "the module has no random generator"),
    SIGNET_CKR(CKR_DEVICE_ERROR, kInternal, kBroken),
    SIGNET_CKR(CKR_FUNCTION_FAILED, kInternal, kBroken),
    SIGNET_CKR(CKR_FUNCTION_CANCELED, kInternal, kBroken),
    SIGNET_CKR(CKR_GENERAL_ERROR, kInternal, kBroken),
};

#undef SIGNET_CKR

const Meaning* Find(CK_RV rv) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.rv == rv) return &meaning;
  }
  return nullptr;
}

}  // namespace

std::string CkrName(CK_RV rv) {
  if (rv == CKR_OK) return "CKR_OK";
  if (const Meaning* meaning = Find(rv)) return meaning->name;
  return absl::StrCat("CKR_0x", absl::Hex(rv, absl::kZeroPad8));
}

absl::Status Check(CK_RV rv, const char* function) {
  if (rv == CKR_OK) return absl::OkStatus();
  const Meaning* meaning = Find(rv);
  return absl::Status(
      meaning != nullptr ? meaning->code : StatusCode::kInternal,
      absl::StrCat(function, ": ", CkrName(rv), ": ", meaning ? meaning->remedy : kBroken));
}

absl::Status Refused() { return absl::UnauthenticatedError("message refused"); }

}  // namespace signet::pkcs11
