// A hardware module in software of a test's own, in a folder that goes with this object: SoftHSM,
// or NSS's softoken where the environment says SIGNET_TEST_MODULE=nss. Both read their
// configuration once per process, so make one of these at a time and ask it for more tokens where a
// test needs several (SoftHSM only).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"
#include "libs/pkcs11/module.h"
#include "libs/pkcs11/session.h"

namespace signet::testing {

inline constexpr char kSoftHsmPath[] = "/usr/lib/softhsm/libsofthsm2.so";
inline constexpr char kNssPath[] = "libsoftokn3.so";
// SIGNET_TEST_MODULE.
bool TestsUseNss();

class SoftToken {
 public:
  // With one token of that label. Sets SOFTHSM2_CONF of this process: call before threads start.
  static absl::StatusOr<std::unique_ptr<SoftToken>> Create(const std::string& label);
  ~SoftToken();
  SoftToken(const SoftToken&) = delete;
  SoftToken& operator=(const SoftToken&) = delete;

  // Another token with the same PINs.
  absl::StatusOr<pkcs11::Slot> AddToken(const std::string& label);
  // A session with the token of that label (the first one by default), logged in.
  absl::StatusOr<std::unique_ptr<pkcs11::Session>> LoggedIn() const { return LoggedIn(label_); }
  absl::StatusOr<std::unique_ptr<pkcs11::Session>> LoggedIn(const std::string& label) const;
  absl::StatusOr<pkcs11::Slot> slot() const { return module().FindToken(label_); }

  const pkcs11::Module& module() const { return *module_; }
  const std::string& label() const { return label_; }
  const Secret& pin() const { return pin_; }
  const Secret& so_pin() const { return so_pin_; }
  // For Module::Load.
  std::string module_path() const { return TestsUseNss() ? kNssPath : kSoftHsmPath; }
  std::string module_parameters() const;
  // For programs that the test starts: SOFTHSM2_CONF, and a file that holds the PIN.
  std::string config_path() const { return dir_ + "/softhsm2.conf"; }
  std::string pin_path() const { return dir_ + "/pin"; }

  // Finalizes the module, so that only other processes use the tokens from here on, and loads it
  // again. Sessions must be closed.
  void Unload() { module_.reset(); }
  absl::Status Reload();

 private:
  SoftToken(std::string dir, std::string label);
  absl::Status WriteFiles() const;

  const std::string dir_;
  const std::string label_;
  const Secret pin_;
  const Secret so_pin_;
  std::optional<pkcs11::Module> module_;
};

}  // namespace signet::testing
