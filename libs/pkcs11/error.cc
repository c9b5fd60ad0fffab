#include "libs/pkcs11/error.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace signet::pkcs11 {
namespace {

using absl::StatusCode;

struct Meaning {
  CK_RV rv;
  const char* name;
  Fault fault;
  StatusCode code;
  const char* remedy;
};

constexpr char kBadArgument[] = "the module refused the arguments of this call";
constexpr char kBadTemplate[] = "the module refused the attributes of the new object";
constexpr char kBadWrap[] = "the wrapped key does not open with this key";
constexpr char kGone[] = "the session or token is gone; check the module's connection";
constexpr char kNoObject[] = "no such object; it was destroyed, or belongs to another session";
constexpr char kKeyUse[] = "the key's attributes do not allow this use";
constexpr char kNoMemory[] = "the module has no room left; close sessions or destroy objects";
constexpr char kOutOfOrder[] = "calls on this session came out of order";
constexpr char kBroken[] = "the module failed; look into its own log";

#define SIGNET_CKR(name, fault, code, remedy) \
  Meaning { name, #name, Fault::fault, StatusCode::code, remedy }

// Every code of PKCS#11 v2.40.
constexpr std::array kMeanings = {
    // What came from outside does not fit.
    SIGNET_CKR(CKR_ENCRYPTED_DATA_INVALID, kMessage, kInvalidArgument, kBadArgument),
    SIGNET_CKR(CKR_ENCRYPTED_DATA_LEN_RANGE, kMessage, kInvalidArgument, kBadArgument),
    SIGNET_CKR(CKR_DATA_INVALID, kMessage, kInvalidArgument, kBadArgument),
    SIGNET_CKR(CKR_DATA_LEN_RANGE, kMessage, kInvalidArgument, kBadArgument),
    SIGNET_CKR(CKR_SIGNATURE_INVALID, kMessage, kUnauthenticated, "the signature does not verify"),
    SIGNET_CKR(CKR_SIGNATURE_LEN_RANGE, kMessage, kUnauthenticated,
               "the signature does not verify"),
    SIGNET_CKR(CKR_WRAPPED_KEY_INVALID, kMessage, kInvalidArgument, kBadWrap),
    SIGNET_CKR(CKR_WRAPPED_KEY_LEN_RANGE, kMessage, kInvalidArgument, kBadWrap),
    SIGNET_CKR(CKR_PUBLIC_KEY_INVALID, kMessage, kInvalidArgument, "not a valid public key"),
    SIGNET_CKR(CKR_KEY_INDIGESTIBLE, kMessage, kInvalidArgument, "the key does not fit this use"),
    // The PIN.
    SIGNET_CKR(CKR_PIN_INCORRECT, kPin, kUnauthenticated,
               "the token refused the PIN; enter it again"),
    SIGNET_CKR(CKR_PIN_INVALID, kPin, kInvalidArgument,
               "the token does not take this PIN; choose other characters"),
    SIGNET_CKR(CKR_PIN_LEN_RANGE, kPin, kInvalidArgument, "the PIN is too short or too long"),
    SIGNET_CKR(CKR_PIN_TOO_WEAK, kPin, kInvalidArgument, "the PIN is too weak; choose another"),
    SIGNET_CKR(CKR_PIN_EXPIRED, kPin, kPermissionDenied, "the PIN has expired; set a new one"),
    SIGNET_CKR(
        CKR_PIN_LOCKED, kPin, kPermissionDenied,
        "the PIN is locked after too many wrong ones; the security officer can set a new one"),
    SIGNET_CKR(CKR_USER_PIN_NOT_INITIALIZED, kPin, kFailedPrecondition,
               "the token has no user PIN yet; initialize the token again"),
    SIGNET_CKR(CKR_NEW_PIN_MODE, kPin, kFailedPrecondition,
               "the token wants a new PIN; set one with the vendor's tool"),
    SIGNET_CKR(CKR_NEXT_OTP, kPin, kFailedPrecondition,
               "the token wants a one-time password; use another token"),
    // The login.
    SIGNET_CKR(CKR_USER_NOT_LOGGED_IN, kLogin, kPermissionDenied,
               "this needs a login with the PIN, or, for a key that asks at each use, the PIN now"),
    SIGNET_CKR(CKR_USER_ALREADY_LOGGED_IN, kLogin, kFailedPrecondition,
               "somebody is logged in already; log out first"),
    SIGNET_CKR(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, kLogin, kFailedPrecondition,
               "the security officer is logged in; log out first"),
    SIGNET_CKR(CKR_USER_TOO_MANY_TYPES, kLogin, kFailedPrecondition,
               "too many kinds of users are logged in; log out first"),
    SIGNET_CKR(CKR_USER_TYPE_INVALID, kLogin, kInternal, kBroken),
    // The session, and what lives in it.
    SIGNET_CKR(CKR_SESSION_HANDLE_INVALID, kSession, kUnavailable, kGone),
    SIGNET_CKR(CKR_SESSION_CLOSED, kSession, kUnavailable, kGone),
    SIGNET_CKR(CKR_OBJECT_HANDLE_INVALID, kSession, kNotFound, kNoObject),
    SIGNET_CKR(CKR_KEY_HANDLE_INVALID, kSession, kNotFound, kNoObject),
    SIGNET_CKR(CKR_WRAPPING_KEY_HANDLE_INVALID, kSession, kNotFound, kNoObject),
    SIGNET_CKR(CKR_UNWRAPPING_KEY_HANDLE_INVALID, kSession, kNotFound, kNoObject),
    SIGNET_CKR(CKR_KEY_CHANGED, kSession, kInternal, kOutOfOrder),
    SIGNET_CKR(CKR_KEY_NEEDED, kSession, kInternal, kOutOfOrder),
    SIGNET_CKR(CKR_KEY_NOT_NEEDED, kSession, kInternal, kOutOfOrder),
    SIGNET_CKR(CKR_OPERATION_ACTIVE, kSession, kInternal, kOutOfOrder),
    SIGNET_CKR(CKR_OPERATION_NOT_INITIALIZED, kSession, kInternal, kOutOfOrder),
    SIGNET_CKR(CKR_BUFFER_TOO_SMALL, kSession, kInternal, kOutOfOrder),
    SIGNET_CKR(CKR_SAVED_STATE_INVALID, kSession, kInternal, kOutOfOrder),
    SIGNET_CKR(CKR_STATE_UNSAVEABLE, kSession, kInternal, kOutOfOrder),
    SIGNET_CKR(CKR_SESSION_EXISTS, kSession, kFailedPrecondition,
               "the token has open sessions; end every program that uses it first"),
    SIGNET_CKR(CKR_SESSION_READ_ONLY, kSession, kFailedPrecondition, "the session may only read"),
    SIGNET_CKR(CKR_SESSION_READ_ONLY_EXISTS, kSession, kFailedPrecondition,
               "the token has open read-only sessions; close them first"),
    SIGNET_CKR(CKR_SESSION_READ_WRITE_SO_EXISTS, kSession, kFailedPrecondition,
               "the security officer has a session open; close it first"),
    SIGNET_CKR(CKR_SESSION_PARALLEL_NOT_SUPPORTED, kSession, kInternal, kBroken),
    // Room.
    SIGNET_CKR(CKR_HOST_MEMORY, kResource, kResourceExhausted, kNoMemory),
    SIGNET_CKR(CKR_DEVICE_MEMORY, kResource, kResourceExhausted, kNoMemory),
    SIGNET_CKR(CKR_SESSION_COUNT, kResource, kResourceExhausted, kNoMemory),
    // The call, its key or its mechanism.
    SIGNET_CKR(CKR_ARGUMENTS_BAD, kCall, kInvalidArgument, kBadArgument),
    SIGNET_CKR(CKR_MECHANISM_PARAM_INVALID, kCall, kInvalidArgument, kBadArgument),
    SIGNET_CKR(CKR_MECHANISM_INVALID, kCall, kFailedPrecondition,
               "the module lacks this mechanism, or the key does not allow it"),
    SIGNET_CKR(CKR_FUNCTION_NOT_SUPPORTED, kCall, kFailedPrecondition,
               "the module lacks this function; use another module"),
    SIGNET_CKR(CKR_KEY_FUNCTION_NOT_PERMITTED, kCall, kPermissionDenied, kKeyUse),
    SIGNET_CKR(CKR_KEY_UNEXTRACTABLE, kCall, kPermissionDenied, "the key may not leave the module"),
    SIGNET_CKR(CKR_KEY_NOT_WRAPPABLE, kCall, kPermissionDenied, "the key may not leave the module"),
    SIGNET_CKR(CKR_KEY_SIZE_RANGE, kCall, kInvalidArgument, "the key's size does not fit this use"),
    SIGNET_CKR(CKR_KEY_TYPE_INCONSISTENT, kCall, kInvalidArgument,
               "the key's type does not fit this use"),
    SIGNET_CKR(CKR_ATTRIBUTE_SENSITIVE, kCall, kPermissionDenied, "the attribute may not be read"),
    SIGNET_CKR(CKR_ATTRIBUTE_READ_ONLY, kCall, kPermissionDenied,
               "the attribute may not be changed"),
    SIGNET_CKR(CKR_ATTRIBUTE_TYPE_INVALID, kCall, kInvalidArgument, kBadTemplate),
    SIGNET_CKR(CKR_ATTRIBUTE_VALUE_INVALID, kCall, kInvalidArgument, kBadTemplate),
    SIGNET_CKR(CKR_TEMPLATE_INCOMPLETE, kCall, kInvalidArgument, kBadTemplate),
    SIGNET_CKR(CKR_TEMPLATE_INCONSISTENT, kCall, kInvalidArgument, kBadTemplate),
    SIGNET_CKR(CKR_DOMAIN_PARAMS_INVALID, kCall, kInvalidArgument, kBadTemplate),
    SIGNET_CKR(CKR_CURVE_NOT_SUPPORTED, kCall, kInvalidArgument,
               "the module does not know this curve"),
    SIGNET_CKR(CKR_WRAPPING_KEY_SIZE_RANGE, kCall, kInvalidArgument,
               "the wrapping key does not fit"),
    SIGNET_CKR(CKR_WRAPPING_KEY_TYPE_INCONSISTENT, kCall, kInvalidArgument,
               "the wrapping key does not fit"),
    SIGNET_CKR(CKR_UNWRAPPING_KEY_SIZE_RANGE, kCall, kInvalidArgument, kBadWrap),
    SIGNET_CKR(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, kCall, kInvalidArgument, kBadWrap),
    SIGNET_CKR(CKR_ACTION_PROHIBITED, kCall, kPermissionDenied, "the object forbids this"),
    SIGNET_CKR(CKR_INFORMATION_SENSITIVE, kCall, kPermissionDenied,
               "the module does not tell this"),
    SIGNET_CKR(CKR_EXCEEDED_MAX_ITERATIONS, kCall, kInternal, kBroken),
    SIGNET_CKR(CKR_RANDOM_SEED_NOT_SUPPORTED, kCall, kInternal, kBroken),
    // The module and its token.
    SIGNET_CKR(CKR_GENERAL_ERROR, kModule, kInternal, kBroken),
    SIGNET_CKR(CKR_FUNCTION_FAILED, kModule, kInternal, kBroken),
    SIGNET_CKR(CKR_DEVICE_ERROR, kModule, kInternal, kBroken),
    SIGNET_CKR(CKR_DEVICE_REMOVED, kModule, kUnavailable, kGone),
    SIGNET_CKR(CKR_TOKEN_NOT_PRESENT, kModule, kUnavailable, kGone),
    SIGNET_CKR(CKR_CRYPTOKI_NOT_INITIALIZED, kModule, kUnavailable, kGone),
    SIGNET_CKR(CKR_SLOT_ID_INVALID, kModule, kNotFound,
               "no such slot; find the token by its label again"),
    SIGNET_CKR(CKR_TOKEN_NOT_RECOGNIZED, kModule, kFailedPrecondition,
               "the token is not initialized; initialize it first"),
    SIGNET_CKR(CKR_TOKEN_WRITE_PROTECTED, kModule, kFailedPrecondition,
               "the token is write-protected"),
    SIGNET_CKR(CKR_CRYPTOKI_ALREADY_INITIALIZED, kModule, kFailedPrecondition,
               "something else in this process already uses the module"),
    SIGNET_CKR(CKR_CANT_LOCK, kModule, kFailedPrecondition,
               "the module cannot be used by several threads; use another module"),
    SIGNET_CKR(CKR_NEED_TO_CREATE_THREADS, kModule, kFailedPrecondition,
               "the module cannot be used without threads of its own; use another module"),
    SIGNET_CKR(CKR_LIBRARY_LOAD_FAILED, kModule, kFailedPrecondition,
               "the module lacks a library that it needs; install it"),
    SIGNET_CKR(CKR_FIPS_SELF_TEST_FAILED, kModule, kInternal,
               "the module failed its own self test; look into its own log"),
    SIGNET_CKR(CKR_RANDOM_NO_RNG, kModule, kInternal, "the module has no random generator"),
    SIGNET_CKR(CKR_MUTEX_BAD, kModule, kInternal, kBroken),
    SIGNET_CKR(CKR_MUTEX_NOT_LOCKED, kModule, kInternal, kBroken),
    SIGNET_CKR(CKR_FUNCTION_CANCELED, kModule, kInternal, kBroken),
    SIGNET_CKR(CKR_FUNCTION_REJECTED, kModule, kInternal, kBroken),
    SIGNET_CKR(CKR_CANCEL, kModule, kInternal, kBroken),
    SIGNET_CKR(CKR_FUNCTION_NOT_PARALLEL, kModule, kInternal, kBroken),
    SIGNET_CKR(CKR_NO_EVENT, kModule, kInternal, kBroken),
};

#undef SIGNET_CKR

const Meaning* Find(CK_RV rv) {
  for (const Meaning& meaning : kMeanings) {
    if (meaning.rv == rv) return &meaning;
  }
  return nullptr;
}

bool Is(std::string_view function, std::initializer_list<std::string_view> functions) {
  return std::find(functions.begin(), functions.end(), function) != functions.end();
}

// The calls that try or set a PIN: elsewhere a code for the PIN says something of the token.
bool TakesPin(std::string_view function) {
  return Is(function, {"C_Login", "C_InitPIN", "C_SetPIN", "C_InitToken"});
}

// The calls that take a key from outside, which may be of any kind.
bool TakesForeignKey(std::string_view function) {
  return Is(function, {"C_CreateObject", "C_WrapKey", "C_UnwrapKey"});
}

// The calls that take anything from outside. Whatever goes into the others was made here.
bool TakesMessage(std::string_view function) {
  return TakesForeignKey(function) || Is(function, {"C_Decrypt", "C_Verify"});
}

}  // namespace

std::string CkrName(CK_RV rv) {
  if (rv == CKR_OK) return "CKR_OK";
  if (const Meaning* meaning = Find(rv)) return meaning->name;
  return absl::StrCat("CKR_0x", absl::Hex(rv, absl::kZeroPad8));
}

Fault Classify(CK_RV rv, std::string_view function) {
  if (rv == CKR_OK) return Fault::kNone;
  const Meaning* meaning = Find(rv);
  if (meaning == nullptr) return Fault::kModule;
  switch (meaning->fault) {
    case Fault::kPin:
      return TakesPin(function) ? Fault::kPin : Fault::kModule;
    case Fault::kMessage:
      return TakesMessage(function) ? Fault::kMessage : Fault::kCall;
    case Fault::kCall:
      return TakesForeignKey(function) ? Fault::kMessage : Fault::kCall;
    default:
      return meaning->fault;
  }
}

absl::Status Check(CK_RV rv, const char* function) {
  if (rv == CKR_OK) return absl::OkStatus();
  const Meaning* meaning = Find(rv);
  const Fault fault = Classify(rv, function);
  StatusCode code = meaning != nullptr ? meaning->code : StatusCode::kInternal;
  // UNAUTHENTICATED is for messages and PINs alone.
  if (code == StatusCode::kUnauthenticated && fault != Fault::kMessage && fault != Fault::kPin) {
    code = StatusCode::kInternal;
  }
  return WithFault(absl::Status(code, absl::StrCat(function, ": ", CkrName(rv), ": ",
                                                   meaning ? meaning->remedy : kBroken)),
                   fault);
}

absl::Status Broken(const char* function, const char* what) {
  return WithFault(absl::InternalError(absl::StrCat(function, ": ", what)), Fault::kModule);
}

absl::Status Refused() { return absl::UnauthenticatedError("message refused"); }

}  // namespace signet::pkcs11
