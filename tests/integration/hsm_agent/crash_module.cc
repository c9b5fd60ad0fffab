// A PKCS#11 module that passes every call on to another, and ends the process with SIGKILL at one
// of those that change something or use a key: as a power cut would. For crash tests only.
//   SIGNET_CRASH_MODULE  path of the real module
//   SIGNET_CRASH_AT      which such call, from 1; 0 or unset: none
//   SIGNET_CRASH_WHEN    "before" or "after" the real module has done it
//   SIGNET_CRASH_COUNT   file that gets the number of such calls at C_Finalize
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

CK_FUNCTION_LIST* real = nullptr;
CK_FUNCTION_LIST shim;
std::atomic<long> calls{0};

std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void CrashIfDue(const char* when, long call) {
  static const long at = std::atol(Environment("SIGNET_CRASH_AT").c_str());
  static const std::string chosen = Environment("SIGNET_CRASH_WHEN");
  if (call == at && chosen == when) kill(getpid(), SIGKILL);
}

template <auto kMember>
struct Counted;

template <typename... Arguments, CK_RV (*CK_FUNCTION_LIST::*kMember)(Arguments...)>
struct Counted<kMember> {
  static CK_RV Call(Arguments... arguments) {
    const long call = ++calls;
    CrashIfDue("before", call);
    const CK_RV rv = (real->*kMember)(arguments...);
    CrashIfDue("after", call);
    return rv;
  }
};

template <auto kMember>
void Count() {
  shim.*kMember = Counted<kMember>::Call;
}

CK_RV Finalize(void* reserved) {
  if (const std::string path = Environment("SIGNET_CRASH_COUNT"); !path.empty()) {
    std::ofstream(path) << calls.load();
  }
  return real->C_Finalize(reserved);
}

CK_RV FunctionList(CK_FUNCTION_LIST** list) {
  *list = &shim;
  return CKR_OK;
}

bool Load() {
  void* const library = dlopen(Environment("SIGNET_CRASH_MODULE").c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return false;
  void* const symbol = dlsym(library, "C_GetFunctionList");
  if (symbol == nullptr || reinterpret_cast<CK_C_GetFunctionList>(symbol)(&real) != CKR_OK) {
    return false;
  }
  shim = *real;
  shim.C_GetFunctionList = FunctionList;
  shim.C_Finalize = Finalize;
  Count<&CK_FUNCTION_LIST::C_Login>();
  Count<&CK_FUNCTION_LIST::C_CreateObject>();
  Count<&CK_FUNCTION_LIST::C_DestroyObject>();
  Count<&CK_FUNCTION_LIST::C_GenerateKeyPair>();
  Count<&CK_FUNCTION_LIST::C_DeriveKey>();
  Count<&CK_FUNCTION_LIST::C_UnwrapKey>();
  Count<&CK_FUNCTION_LIST::C_Sign>();
  Count<&CK_FUNCTION_LIST::C_Verify>();
  Count<&CK_FUNCTION_LIST::C_Encrypt>();
  Count<&CK_FUNCTION_LIST::C_Decrypt>();
  return true;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
  static const bool loaded = Load();
  return loaded ? FunctionList(list) : CKR_GENERAL_ERROR;
}
