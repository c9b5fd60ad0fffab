// The controls of failing_module.cc, a PKCS#11 module that fails as it is told to. Loads the shim
// of the path in SIGNET_FAILING_MODULE. One plan at a time in a process; thread-safe.
#pragma once

#include <chrono>
#include <string>

namespace signet::testing {

// What ends a failure.
enum class Heals { kNever, kAtNewSession, kAtLogin, kAtInitialize, kAfter };

struct FailurePlan {
  unsigned long code = 0;  // a CKR_
  // Which calls fail, e.g. "C_Decrypt"; empty: every one that uses or finds keys. "C_Login" and
  // "C_OpenSession" fail only where they are named.
  std::string function = "";
  Heals heals = Heals::kNever;
  std::chrono::milliseconds after{0};  // for kAfter
};

class FailingModule {
 public:
  // Throws where the environment does not name the shim.
  FailingModule();
  ~FailingModule() { Mend(); }

  const std::string& path() const { return path_; }
  void Fail(const FailurePlan& plan);
  void Mend();
  // Whether a plan is still in force.
  bool broken() const;
  // Once, at the next C_Decrypt, which then fails as a forgery does in SoftHSM: the token is logged
  // out, or the session is closed.
  void LogOutAtDecrypt();
  void CloseAtDecrypt();
  // From now on tokens have this ulMaxPinLen (unless kAsItIs) and these CKF_ flags besides their
  // own.
  static constexpr unsigned long kAsItIs = 12345;
  void SetTokenInfo(unsigned long max_pin_length, unsigned long more_flags);
  // From now on the mechanism (a CKM_) is there without these CKF_ flags.
  void TakeMechanismFlags(unsigned long mechanism, unsigned long flags);
  // How often the function ("C_Initialize", "C_Login") has been called.
  int Calls(const std::string& function) const;

 private:
  std::string path_;
  void* shim_ = nullptr;
};

}  // namespace signet::testing
