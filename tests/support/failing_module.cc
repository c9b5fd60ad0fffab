// A PKCS#11 module that passes every call on to a SoftHSM of its own (a copy in memory, so that it
// is finalized whatever else the process does with SoftHSM), and fails as failing_module.h tells
// it to. For tests only.
#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "tests/support/failing_module.h"

namespace {

using Clock = std::chrono::steady_clock;
using signet::testing::Heals;

CK_FUNCTION_LIST* real = nullptr;
CK_FUNCTION_LIST shim;

std::mutex mutex;  // guards what follows
CK_RV code = CKR_OK;
std::string failing_function;
Heals heals = Heals::kNever;
Clock::time_point heals_at;
std::string lost_at_decrypt;
std::map<std::string, int> calls;
CK_ULONG max_pin_length = signet::testing::FailingModule::kAsItIs;
CK_FLAGS more_token_flags = 0;
CK_MECHANISM_TYPE poorer_mechanism = CK_UNAVAILABLE_INFORMATION;
CK_FLAGS taken_flags = 0;

bool IsSetUp(const std::string& function) {
  return function == "C_Login" || function == "C_OpenSession" || function == "C_Initialize" ||
         function == "C_Finalize";
}

// What the call is to answer in place of the real module; CKR_OK: nothing.
CK_RV Planned(const std::string& function) {
  const std::lock_guard<std::mutex> lock(mutex);
  ++calls[function];
  if (heals == Heals::kAfter && Clock::now() >= heals_at) code = CKR_OK;
  const bool meant = failing_function.empty() ? !IsSetUp(function) : failing_function == function;
  return meant ? code : CKR_OK;
}

void HealAt(Heals event) {
  const std::lock_guard<std::mutex> lock(mutex);
  if (heals == event) code = CKR_OK;
}

void HealAfter(const std::string& function) {
  if (function == "C_OpenSession") HealAt(Heals::kAtNewSession);
  if (function == "C_Login") HealAt(Heals::kAtLogin);
  if (function == "C_Initialize") HealAt(Heals::kAtInitialize);
}

template <auto kMember, const char* kName>
struct Watched;

template <typename... Arguments, CK_RV (*CK_FUNCTION_LIST::*kMember)(Arguments...),
          const char* kName>
struct Watched<kMember, kName> {
  static CK_RV Call(Arguments... arguments) {
    if (const CK_RV planned = Planned(kName); planned != CKR_OK) return planned;
    const CK_RV rv = (real->*kMember)(arguments...);
    if (rv == CKR_OK) HealAfter(kName);
    return rv;
  }
};

CK_RV Decrypt(CK_SESSION_HANDLE session, CK_BYTE* in, CK_ULONG in_size, CK_BYTE* out,
              CK_ULONG* out_size) {
  std::string lost;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    lost = std::exchange(lost_at_decrypt, "");
  }
  const CK_RV planned = Planned("C_Decrypt");
  const CK_RV rv = real->C_Decrypt(session, in, in_size, out, out_size);
  if (lost == "login") real->C_Logout(session);
  if (lost == "session") real->C_CloseSession(session);
  if (!lost.empty()) return CKR_GENERAL_ERROR;
  return planned != CKR_OK ? planned : rv;
}

CK_RV TokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO* info) {
  const CK_RV rv = real->C_GetTokenInfo(slot, info);
  const std::lock_guard<std::mutex> lock(mutex);
  if (max_pin_length != signet::testing::FailingModule::kAsItIs) {
    info->ulMaxPinLen = max_pin_length;
  }
  info->flags |= more_token_flags;
  return rv;
}

CK_RV MechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO* info) {
  const CK_RV rv = real->C_GetMechanismInfo(slot, type, info);
  const std::lock_guard<std::mutex> lock(mutex);
  if (type == poorer_mechanism) info->flags &= ~taken_flags;
  return rv;
}

CK_RV FunctionList(CK_FUNCTION_LIST** list) {
  *list = &shim;
  return CKR_OK;
}

#define SIGNET_WATCH(name)                         \
  static constexpr char kName_##name[] = "" #name; \
  shim.name = Watched<&CK_FUNCTION_LIST::name, kName_##name>::Call

void Watch() {
  SIGNET_WATCH(C_Initialize);
  SIGNET_WATCH(C_Finalize);
  SIGNET_WATCH(C_OpenSession);
  SIGNET_WATCH(C_Login);
  SIGNET_WATCH(C_FindObjectsInit);
  SIGNET_WATCH(C_GetAttributeValue);
  SIGNET_WATCH(C_CreateObject);
  SIGNET_WATCH(C_DestroyObject);
  SIGNET_WATCH(C_EncryptInit);
  SIGNET_WATCH(C_Encrypt);
  SIGNET_WATCH(C_DecryptInit);
  SIGNET_WATCH(C_SignInit);
  SIGNET_WATCH(C_Sign);
  SIGNET_WATCH(C_VerifyInit);
  SIGNET_WATCH(C_Verify);
  SIGNET_WATCH(C_GenerateRandom);
  SIGNET_WATCH(C_GenerateKey);
  SIGNET_WATCH(C_GenerateKeyPair);
  SIGNET_WATCH(C_DeriveKey);
  SIGNET_WATCH(C_WrapKey);
  SIGNET_WATCH(C_UnwrapKey);
  shim.C_GetFunctionList = FunctionList;
  shim.C_Decrypt = Decrypt;
  shim.C_GetTokenInfo = TokenInfo;
  shim.C_GetMechanismInfo = MechanismInfo;
}

// Another file is another library to dlopen.
void* LoadCopy(const char* path) {
  const int from = open(path, O_RDONLY | O_CLOEXEC);
  const int to = memfd_create("softhsm", MFD_CLOEXEC);
  struct stat status = {};
  if (from < 0 || to < 0 || fstat(from, &status) != 0) return nullptr;
  if (sendfile(to, from, nullptr, static_cast<size_t>(status.st_size)) != status.st_size) {
    return nullptr;
  }
  close(from);
  return dlopen(("/proc/self/fd/" + std::to_string(to)).c_str(), RTLD_NOW | RTLD_LOCAL);
}

bool Load() {
  void* const library = LoadCopy("/usr/lib/softhsm/libsofthsm2.so");
  if (library == nullptr) return false;
  void* const symbol = dlsym(library, "C_GetFunctionList");
  if (symbol == nullptr || reinterpret_cast<CK_C_GetFunctionList>(symbol)(&real) != CKR_OK) {
    return false;
  }
  shim = *real;
  Watch();
  return true;
}

}  // namespace

#define SIGNET_EXPORT extern "C" __attribute__((visibility("default")))

SIGNET_EXPORT CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
  static const bool loaded = Load();
  return loaded ? FunctionList(list) : CKR_GENERAL_ERROR;
}

SIGNET_EXPORT void signet_fail(unsigned long rv, const char* function, int until, long after_ms) {
  const std::lock_guard<std::mutex> lock(mutex);
  code = rv;
  failing_function = function;
  heals = static_cast<Heals>(until);
  heals_at = Clock::now() + std::chrono::milliseconds(after_ms);
}

SIGNET_EXPORT void signet_mend() {
  const std::lock_guard<std::mutex> lock(mutex);
  code = CKR_OK;
  lost_at_decrypt.clear();
}

SIGNET_EXPORT void signet_token_info(unsigned long max_pin, unsigned long flags) {
  const std::lock_guard<std::mutex> lock(mutex);
  max_pin_length = max_pin;
  more_token_flags = flags;
}

SIGNET_EXPORT void signet_take_flags(unsigned long mechanism, unsigned long flags) {
  const std::lock_guard<std::mutex> lock(mutex);
  poorer_mechanism = mechanism;
  taken_flags = flags;
}

SIGNET_EXPORT bool signet_broken() {
  const std::lock_guard<std::mutex> lock(mutex);
  return code != CKR_OK && !(heals == Heals::kAfter && Clock::now() >= heals_at);
}

SIGNET_EXPORT void signet_lose_at_decrypt(const char* what) {
  const std::lock_guard<std::mutex> lock(mutex);
  lost_at_decrypt = what;
}

SIGNET_EXPORT int signet_calls(const char* function) {
  const std::lock_guard<std::mutex> lock(mutex);
  return calls[function];
}
