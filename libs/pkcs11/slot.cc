#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status.h"
#include "libs/pkcs11/error.h"
#include "libs/pkcs11/mechanism.h"
#include "libs/pkcs11/module.h"

namespace signet::pkcs11 {
namespace {

constexpr CK_SLOT_ID kNssCryptoSlot = 1;
constexpr size_t kLabelBytes = 32;  // PKCS#11 v2.40, 3.2, CK_TOKEN_INFO

// Fixed-size text, padded with blanks and not terminated (v2.40, 3.1). Some modules pad with zeros.
template <size_t kSize>
std::string Trimmed(const unsigned char (&padded)[kSize]) {
  std::string text(reinterpret_cast<const char*>(padded), kSize);
  const size_t end = text.find_last_not_of(std::string_view(" \0", 2));
  text.resize(end == std::string::npos ? 0 : end + 1);
  return text;
}

std::string VersionText(const CK_VERSION& version) {
  return absl::StrCat(static_cast<int>(version.major), ".", static_cast<int>(version.minor));
}

// What a module says that it does not know, or does not limit (v2.40, 3.2, CK_TOKEN_INFO).
bool IsNoLimit(CK_ULONG length) {
  return length == CK_UNAVAILABLE_INFORMATION || length == CK_EFFECTIVELY_INFINITE;
}

// Checked before the token is touched: one that has a label but no user PIN is of no use.
absl::Status CheckPin(const char* whose, const Secret& pin, const CK_TOKEN_INFO& token) {
  const CK_ULONG least = IsNoLimit(token.ulMinPinLen) ? 1 : token.ulMinPinLen;
  const bool limited = !IsNoLimit(token.ulMaxPinLen);
  if (pin.size() >= least && (!limited || pin.size() <= token.ulMaxPinLen)) return absl::OkStatus();
  const std::string range =
      limited ? absl::StrCat(least, " to ", token.ulMaxPinLen) : absl::StrCat("at least ", least);
  return absl::InvalidArgumentError(absl::StrCat("the ", whose, " must have ", range,
                                                 " characters for this token; choose another"));
}

absl::Status SetUserPin(const ModuleState& module, CK_SLOT_ID slot, const Secret& so_pin,
                        const Secret& user_pin) {
  const CK_FUNCTION_LIST& functions = *module.functions;
  CK_SESSION_HANDLE session = 0;
  SIGNET_RETURN_IF_ERROR(Check(functions.C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION,
                                                       nullptr, nullptr, &session),
                               "C_OpenSession"));
  CK_RV rv = functions.C_Login(session, CKU_SO, InBytes(so_pin.reveal()), Length(so_pin.reveal()));
  // NSS has no security officer: a new token takes no PIN but the empty one for this.
  if (rv == CKR_PIN_INCORRECT && module.is_nss)
    rv = functions.C_Login(session, CKU_SO, InBytes(""), 0);
  absl::Status status = Check(rv, "C_Login");
  if (status.ok()) {
    status =
        Check(functions.C_InitPIN(session, InBytes(user_pin.reveal()), Length(user_pin.reveal())),
              "C_InitPIN");
    functions.C_Logout(session);
  }
  functions.C_CloseSession(session);
  return status;
}

absl::StatusOr<std::vector<CK_MECHANISM_TYPE>> MechanismList(const CK_FUNCTION_LIST& functions,
                                                             CK_SLOT_ID slot) {
  CK_ULONG count = 0;
  SIGNET_RETURN_IF_ERROR(
      Check(functions.C_GetMechanismList(slot, nullptr, &count), "C_GetMechanismList"));
  std::vector<CK_MECHANISM_TYPE> list(count);
  if (count == 0) return list;
  SIGNET_RETURN_IF_ERROR(
      Check(functions.C_GetMechanismList(slot, list.data(), &count), "C_GetMechanismList"));
  list.resize(count);
  return list;
}

}  // namespace

uint32_t PinState::TriesLeft(uint32_t ours) const {
  if (locked) return 0;
  return final_try ? std::min<uint32_t>(ours, 1) : ours;
}

std::vector<std::string> PinState::Notes() const {
  std::vector<std::string> notes;
  if (locked) notes.emplace_back("locked by the token");
  if (final_try && !locked) notes.emplace_back("one more wrong PIN locks it");
  if (count_low && !final_try && !locked) {
    notes.emplace_back("a wrong PIN was tried since the last login");
  }
  if (to_be_changed) notes.emplace_back("must be changed");
  return notes;
}

absl::StatusOr<TokenInfo> Slot::Info() const {
  CK_TOKEN_INFO token = {};
  SIGNET_RETURN_IF_ERROR(Check(module_->functions->C_GetTokenInfo(id_, &token), "C_GetTokenInfo"));
  CK_INFO library = {};
  SIGNET_RETURN_IF_ERROR(Check(module_->functions->C_GetInfo(&library), "C_GetInfo"));
  TokenInfo info;
  info.slot_id = id_;
  info.initialized = (token.flags & CKF_TOKEN_INITIALIZED) != 0;
  info.label = Trimmed(token.label);
  info.manufacturer = Trimmed(token.manufacturerID);
  info.model = Trimmed(token.model);
  info.serial = Trimmed(token.serialNumber);
  info.firmware = VersionText(token.firmwareVersion);
  info.pin.count_low = (token.flags & CKF_USER_PIN_COUNT_LOW) != 0;
  info.pin.final_try = (token.flags & CKF_USER_PIN_FINAL_TRY) != 0;
  info.pin.locked = (token.flags & CKF_USER_PIN_LOCKED) != 0;
  info.pin.to_be_changed = (token.flags & CKF_USER_PIN_TO_BE_CHANGED) != 0;
  info.library =
      absl::StrCat(Trimmed(library.libraryDescription), " ", VersionText(library.libraryVersion));
  return info;
}

absl::StatusOr<bool> Slot::Supports(Mechanism mechanism) const {
  SIGNET_ASSIGN_OR_RETURN(const Offer offer, Offers(mechanism));
  return offer == Offer::kFull;
}

absl::StatusOr<Slot::Offer> Slot::Offers(Mechanism mechanism) const {
  SIGNET_ASSIGN_OR_RETURN(const Offer here, OffersIn(id_, mechanism));
  if (here == Offer::kFull || !module_->is_nss) return here;
  // NSS does the same in both of its slots, but its slot with the keys lists less.
  return OffersIn(kNssCryptoSlot, mechanism);
}

absl::StatusOr<Slot::Offer> Slot::OffersIn(unsigned long slot, Mechanism mechanism) const {
  // The list is what may be used: C_GetMechanismInfo of SoftHSM also knows what its configuration
  // has taken away (slots.mechanisms).
  SIGNET_ASSIGN_OR_RETURN(const std::vector<CK_MECHANISM_TYPE> listed,
                          MechanismList(*module_->functions, slot));
  if (std::find(listed.begin(), listed.end(), ToCk(mechanism)) == listed.end()) {
    return Offer::kNone;
  }
  CK_MECHANISM_INFO info = {};
  SIGNET_RETURN_IF_ERROR(Check(module_->functions->C_GetMechanismInfo(slot, ToCk(mechanism), &info),
                               "C_GetMechanismInfo"));
  return (info.flags & NeededFlags(mechanism)) != 0 ? Offer::kFull : Offer::kOtherUses;
}

absl::Status Slot::RequireMechanisms(const std::vector<Mechanism>& mechanisms) const {
  std::vector<std::string> missing;
  std::vector<std::string> faults;
  for (Mechanism mechanism : mechanisms) {
    SIGNET_ASSIGN_OR_RETURN(const Offer offer, Offers(mechanism));
    if (offer == Offer::kNone) missing.emplace_back(MechanismName(mechanism));
    if (offer == Offer::kOtherUses) {
      faults.push_back(absl::StrCat("has ", MechanismName(mechanism), ", but without ",
                                    FlagNames(NeededFlags(mechanism))));
    }
  }
  if (!missing.empty()) {
    faults.insert(faults.begin(), absl::StrCat("lacks ", absl::StrJoin(missing, ", ")));
  }
  if (faults.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the token in slot ", id_, " of ", module_->path, " ",
                   absl::StrJoin(faults, "; "), "; use a module, or a firmware, that has them"));
}

absl::Status Slot::Initialize(const std::string& label, const Secret& so_pin,
                              const Secret& user_pin,
                              const std::vector<Mechanism>& mechanisms) const {
  CK_TOKEN_INFO token = {};
  SIGNET_RETURN_IF_ERROR(Check(module_->functions->C_GetTokenInfo(id_, &token), "C_GetTokenInfo"));
  if ((token.flags & CKF_TOKEN_INITIALIZED) != 0) {
    return absl::AlreadyExistsError(
        absl::StrCat("the token '", Trimmed(token.label), "' in slot ", id_,
                     " is initialized already; nothing was changed; use an empty token"));
  }
  if (label.empty() || label.size() > kLabelBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a token's label has 1 to ", kLabelBytes, " bytes; choose another"));
  }
  SIGNET_RETURN_IF_ERROR(RequireMechanisms(mechanisms));
  SIGNET_RETURN_IF_ERROR(CheckPin("security officer's PIN", so_pin, token));
  SIGNET_RETURN_IF_ERROR(CheckPin("user's PIN", user_pin, token));
  std::string padded = label;
  padded.resize(kLabelBytes, ' ');
  SIGNET_RETURN_IF_ERROR(
      Check(module_->functions->C_InitToken(id_, InBytes(so_pin.reveal()), Length(so_pin.reveal()),
                                            InBytes(padded)),
            "C_InitToken"));
  return Annotate(SetUserPin(*module_, id_, so_pin, user_pin),
                  "the token was initialized, but has no user PIN");
}

absl::Status Slot::VerifySecurityOfficerPin(const Secret& so_pin) const {
  const CK_FUNCTION_LIST& functions = *module_->functions;
  CK_SESSION_HANDLE session = 0;
  SIGNET_RETURN_IF_ERROR(Check(
      functions.C_OpenSession(id_, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session),
      "C_OpenSession"));
  const CK_RV rv =
      functions.C_Login(session, CKU_SO, InBytes(so_pin.reveal()), Length(so_pin.reveal()));
  if (rv == CKR_OK) functions.C_Logout(session);
  functions.C_CloseSession(session);
  // A PIN that no token would take is a wrong PIN like any other.
  if (rv == CKR_PIN_LEN_RANGE || rv == CKR_PIN_INVALID) return Check(CKR_PIN_INCORRECT, "C_Login");
  return Check(rv, "C_Login");
}

}  // namespace signet::pkcs11
