// A PKCS#11 module (a vendor's shared library) and its slots. Module > Slot > Session > object.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"
#include "libs/pkcs11/key_policy.h"

namespace signet::pkcs11 {

struct ModuleState;  // the function list and the library, shared by everything opened from it

// What the token says of its user PIN (PKCS#11 v2.40, 3.2, CKF_USER_PIN_*).
struct PinState {
  bool count_low = false;  // a wrong one was tried since the last login
  bool final_try = false;  // one more wrong one locks it
  bool locked = false;
  bool to_be_changed = false;

  // The tries that are left: ours, where the token does not say less.
  uint32_t TriesLeft(uint32_t ours) const;
  // "one more wrong PIN locks it", …
  std::vector<std::string> Notes() const;
};

struct TokenInfo {
  unsigned long slot_id = 0;
  bool initialized = false;
  std::string label, manufacturer, model, serial, firmware;
  PinState pin;
  std::string library;  // description and version of the library
};

// One token in one slot. Copyable; keeps the module alive.
class Slot {
 public:
  Slot(std::shared_ptr<ModuleState> module, unsigned long id)
      : module_(std::move(module)), id_(id) {}

  absl::StatusOr<TokenInfo> Info() const;
  // FAILED_PRECONDITION that names, in one line, every mechanism that the module lacks, and every
  // one that it has for other uses only.
  absl::Status RequireMechanisms(const std::vector<Mechanism>& mechanisms) const;
  absl::StatusOr<bool> Supports(Mechanism mechanism) const;
  // Initializes an empty token: label, security officer's PIN, user PIN. ALREADY_EXISTS for an
  // initialized one. Whatever is not fit for it (label, PINs, mechanisms as RequireMechanisms) is
  // refused before the token is touched.
  absl::Status Initialize(const std::string& label, const Secret& so_pin, const Secret& user_pin,
                          const std::vector<Mechanism>& mechanisms = {}) const;
  // UNAUTHENTICATED unless it is the security officer's PIN. The token must have no session open.
  absl::Status VerifySecurityOfficerPin(const Secret& so_pin) const;

  const std::shared_ptr<ModuleState>& module() const { return module_; }
  unsigned long id() const { return id_; }

 private:
  enum class Offer { kNone, kOtherUses, kFull };
  absl::StatusOr<Offer> Offers(Mechanism mechanism) const;
  absl::StatusOr<Offer> OffersIn(unsigned long slot, Mechanism mechanism) const;

  std::shared_ptr<ModuleState> module_;
  unsigned long id_;
};

// Loading initializes the library with CKF_OS_LOCKING_OK; the last user's end finalizes it. One
// instance of a library per process. Thread-safe. Join all threads that use it before main returns.
class Module {
 public:
  // NOT_FOUND: no such library; FAILED_PRECONDITION: not a PKCS#11 module, or it did not
  // initialize. Messages name the path and the remedy. parameters: given to C_Initialize
  // (pReserved) where not empty, for modules that are configured so (NSS); what counts is what the
  // process's first user of the library gave.
  static absl::StatusOr<Module> Load(const std::string& library_path,
                                     const std::string& parameters = "");

  // The same, as far as it can be told without initializing it.
  static absl::Status Check(const std::string& library_path);

  absl::StatusOr<std::vector<TokenInfo>> Tokens() const;
  // Slot ids change; labels stay. NOT_FOUND "no token labelled X (found: …); run …" .
  absl::StatusOr<Slot> FindToken(const std::string& label) const;
  // A slot whose token is not initialized yet. NOT_FOUND where there is none.
  absl::StatusOr<Slot> FindEmptySlot() const;

 private:
  explicit Module(std::shared_ptr<ModuleState> state) : state_(std::move(state)) {}
  std::shared_ptr<ModuleState> state_;
};

}  // namespace signet::pkcs11
