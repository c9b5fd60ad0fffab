#include "libs/pkcs11/session.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/status.h"
#include "libs/pkcs11/attributes.h"
#include "libs/pkcs11/error.h"

namespace signet::pkcs11 {
namespace {

std::string FilterText(const ObjectFilter& filter) {
  std::string text = filter.object_class ? absl::StrCat(*filter.object_class, " key") : "object";
  if (filter.label) absl::StrAppend(&text, " labelled '", *filter.label, "'");
  if (filter.id) absl::StrAppend(&text, " with ID ", ToHex(*filter.id));
  return text;
}

absl::StatusOr<std::vector<ObjectHandle>> FoundObjects(const Connection& connection) {
  std::vector<ObjectHandle> found;
  std::array<CK_OBJECT_HANDLE, 64> batch = {};
  CK_ULONG count = 0;
  do {
    SIGNET_RETURN_IF_ERROR(Check(
        connection.functions->C_FindObjects(connection.session, batch.data(), batch.size(), &count),
        "C_FindObjects"));
    found.insert(found.end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(count));
  } while (count > 0);
  return found;
}

}  // namespace

Session::Session(std::shared_ptr<ModuleState> module, unsigned long slot_id, unsigned long handle)
    : module_(std::move(module)), slot_id_(slot_id), handle_(handle) {}

Session::~Session() { module_->functions->C_CloseSession(handle_); }

absl::StatusOr<std::unique_ptr<Session>> Session::Open(const Slot& slot) {
  CK_SESSION_HANDLE handle = 0;
  const CK_RV rv = slot.module()->functions->C_OpenSession(
      slot.id(), CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle);
  if (rv == CKR_TOKEN_NOT_RECOGNIZED) {
    return absl::FailedPreconditionError(absl::StrCat(
        "C_OpenSession: CKR_TOKEN_NOT_RECOGNIZED: the token in slot ", slot.id(), " of ",
        slot.module()->path,
        " is not initialized; initialize it first (signet-agent init on a device, signet-crypto "
        "init on a server)"));
  }
  SIGNET_RETURN_IF_ERROR(Check(rv, "C_OpenSession"));
  return std::unique_ptr<Session>(new Session(slot.module(), slot.id(), handle));
}

absl::Status Session::Login(const Secret& pin) {
  const CK_RV rv =
      module_->functions->C_Login(handle_, CKU_USER, InBytes(pin.reveal()), Length(pin.reveal()));
  if (rv == CKR_USER_ALREADY_LOGGED_IN) return absl::OkStatus();
  // A PIN that no token would take is a wrong PIN like any other.
  if (rv == CKR_PIN_LEN_RANGE || rv == CKR_PIN_INVALID) return Check(CKR_PIN_INCORRECT, "C_Login");
  return Check(rv, "C_Login");
}

absl::Status Session::Logout() {
  const CK_RV rv = module_->functions->C_Logout(handle_);
  if (rv == CKR_USER_NOT_LOGGED_IN) return absl::OkStatus();
  return Check(rv, "C_Logout");
}

absl::StatusOr<bool> Session::IsLoggedIn() {
  CK_SESSION_INFO info = {};
  SIGNET_RETURN_IF_ERROR(
      Check(module_->functions->C_GetSessionInfo(handle_, &info), "C_GetSessionInfo"));
  return info.state == CKS_RW_USER_FUNCTIONS;
}

absl::StatusOr<std::string> Session::Random(size_t size) {
  std::string bytes(size, '\0');
  if (size == 0) return bytes;
  SIGNET_RETURN_IF_ERROR(
      Check(module_->functions->C_GenerateRandom(handle_, OutBytes(bytes), Length(bytes)),
            "C_GenerateRandom"));
  return bytes;
}

absl::StatusOr<std::vector<ObjectHandle>> Session::Find(const ObjectFilter& filter) {
  Template wanted;
  if (filter.label) wanted.AddBytes(CKA_LABEL, *filter.label);
  if (filter.id) wanted.AddBytes(CKA_ID, *filter.id);
  if (filter.object_class) {
    SIGNET_ASSIGN_OR_RETURN(const CK_OBJECT_CLASS object_class,
                            ClassFromName(*filter.object_class));
    wanted.AddNumber(CKA_CLASS, object_class);
  }
  if (filter.token_objects_only) wanted.AddBool(CKA_TOKEN, true);
  SIGNET_RETURN_IF_ERROR(
      Check(module_->functions->C_FindObjectsInit(handle_, wanted.data(), wanted.size()),
            "C_FindObjectsInit"));
  absl::StatusOr<std::vector<ObjectHandle>> found = FoundObjects({module_->functions, handle_});
  module_->functions->C_FindObjectsFinal(handle_);
  return found;
}

absl::StatusOr<ObjectHandle> Session::FindOne(const ObjectFilter& filter) {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<ObjectHandle> found, Find(filter));
  if (found.size() == 1) return found[0];
  if (found.empty()) {
    return absl::NotFoundError(absl::StrCat("the token has no ", FilterText(filter),
                                            "; check that it is the right token, logged in"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("the token has ", found.size(), " of: ", FilterText(filter),
                   "; exactly one was expected; destroy those that do not belong there"));
}

absl::StatusOr<ObjectHandle> Session::ForUse(ObjectHandle token_key) {
  if (!module_->is_nss) return token_key;
  Template attributes;
  attributes.AddBool(CKA_TOKEN, false);
  ObjectHandle copy = 0;
  SIGNET_RETURN_IF_ERROR(Check(module_->functions->C_CopyObject(
                                   handle_, token_key, attributes.data(), attributes.size(), &copy),
                               "C_CopyObject"));
  return copy;
}

absl::Status Session::Destroy(ObjectHandle object) {
  return Check(module_->functions->C_DestroyObject(handle_, object), "C_DestroyObject");
}

ScopedObject::ScopedObject(ScopedObject&& other) noexcept
    : session_(std::exchange(other.session_, nullptr)), handle_(std::exchange(other.handle_, 0)) {}

ScopedObject& ScopedObject::operator=(ScopedObject&& other) noexcept {
  ScopedObject taken(std::move(other));
  std::swap(session_, taken.session_);
  std::swap(handle_, taken.handle_);
  return *this;
}

ScopedObject::~ScopedObject() {
  // The session's end destroys it anyway.
  if (session_ != nullptr && handle_ != 0) session_->Destroy(handle_).IgnoreError();
}

}  // namespace signet::pkcs11
