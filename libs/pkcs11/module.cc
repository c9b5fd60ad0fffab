#include "libs/pkcs11/module.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status.h"
#include "libs/pkcs11/error.h"
#include "libs/pkcs11/library.h"

namespace signet::pkcs11 {
namespace {

absl::StatusOr<std::vector<CK_SLOT_ID>> SlotsWithToken(const CK_FUNCTION_LIST& functions) {
  CK_RV rv = CKR_BUFFER_TOO_SMALL;
  std::vector<CK_SLOT_ID> slots;
  // Tokens may come while we look.
  for (int attempt = 0; rv == CKR_BUFFER_TOO_SMALL && attempt < 5; ++attempt) {
    CK_ULONG count = 0;
    SIGNET_RETURN_IF_ERROR(
        Check(functions.C_GetSlotList(CK_TRUE, nullptr, &count), "C_GetSlotList"));
    slots.resize(count);
    if (count == 0) return slots;
    rv = functions.C_GetSlotList(CK_TRUE, slots.data(), &count);
    if (rv == CKR_OK) slots.resize(count);
  }
  SIGNET_RETURN_IF_ERROR(Check(rv, "C_GetSlotList"));
  return slots;
}

std::string Quoted(const std::vector<TokenInfo>& tokens) {
  const std::string list =
      absl::StrJoin(tokens, ", ", [](std::string* out, const TokenInfo& token) {
        absl::StrAppend(out, "'", token.label, "'");
      });
  return list.empty() ? "none" : list;
}

}  // namespace

absl::StatusOr<Module> Module::Load(const std::string& library_path,
                                    const std::string& parameters) {
  SIGNET_ASSIGN_OR_RETURN(std::shared_ptr<ModuleState> state,
                          OpenLibrary(library_path, parameters));
  return Module(std::move(state));
}

absl::Status Module::Check(const std::string& library_path) {
  return LoadFunctions(library_path).status();
}

absl::StatusOr<std::vector<TokenInfo>> Module::Tokens() const {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<CK_SLOT_ID> slots, SlotsWithToken(*state_->functions));
  std::vector<TokenInfo> tokens;
  for (CK_SLOT_ID slot : slots) {
    absl::StatusOr<TokenInfo> info = Slot(state_, slot).Info();
    // Pulled out since the list was made.
    if (absl::IsUnavailable(info.status()) || absl::IsNotFound(info.status())) continue;
    if (!info.ok()) return info.status();
    tokens.push_back(*std::move(info));
  }
  return tokens;
}

absl::StatusOr<Slot> Module::FindToken(const std::string& label) const {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<TokenInfo> tokens, Tokens());
  std::vector<TokenInfo> initialized;
  std::vector<TokenInfo> found;
  for (const TokenInfo& token : tokens) {
    if (!token.initialized) continue;
    initialized.push_back(token);
    if (token.label == label) found.push_back(token);
  }
  if (found.size() == 1) return Slot(state_, found[0].slot_id);
  if (found.size() > 1) {
    return absl::FailedPreconditionError(
        absl::StrCat(found.size(), " tokens in ", state_->path, " are labelled '", label,
                     "'; remove all but one, or give each a label of its own"));
  }
  return absl::NotFoundError(absl::StrCat(
      "no token labelled '", label, "' in ", state_->path, " (found: ", Quoted(initialized),
      "); check --token-label, or initialize a token (signet-agent init on a device, signet-crypto "
      "init on a server)"));
}

absl::StatusOr<Slot> Module::FindEmptySlot() const {
  SIGNET_ASSIGN_OR_RETURN(const std::vector<TokenInfo> tokens, Tokens());
  for (const TokenInfo& token : tokens) {
    if (!token.initialized) return Slot(state_, token.slot_id);
  }
  return absl::NotFoundError(absl::StrCat("no empty token in ", state_->path,
                                          " (initialized: ", Quoted(tokens),
                                          "); insert an empty token, or reset one with the "
                                          "vendor's tool"));
}

}  // namespace signet::pkcs11
