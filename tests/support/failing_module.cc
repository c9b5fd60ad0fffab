// A PKCS#11 module that passes every call on to SoftHSM, and breaks in C_Decrypt when it is told
// to, in the way that SIGNET_FAILING_DECRYPT says at that moment. It answers CKR_GENERAL_ERROR
// then, the word that SoftHSM has for a forged message too. For tests only.
//   broken   as long as it says so
//   logout   once: the token was logged out
//   close    once: the session was closed
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#include <cstdlib>
#include <string>

namespace {

CK_FUNCTION_LIST* real = nullptr;
CK_FUNCTION_LIST shim;

CK_RV Decrypt(CK_SESSION_HANDLE session, CK_BYTE* in, CK_ULONG in_size, CK_BYTE* out,
              CK_ULONG* out_size) {
  const char* const value = std::getenv("SIGNET_FAILING_DECRYPT");
  const std::string how = value == nullptr ? "" : value;
  const CK_RV rv = real->C_Decrypt(session, in, in_size, out, out_size);
  if (how.empty()) return rv;
  if (how != "broken") unsetenv("SIGNET_FAILING_DECRYPT");
  if (how == "logout") real->C_Logout(session);
  if (how == "close") real->C_CloseSession(session);
  return CKR_GENERAL_ERROR;
}

CK_RV FunctionList(CK_FUNCTION_LIST** list) {
  *list = &shim;
  return CKR_OK;
}

bool Load() {
  void* const library = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return false;
  void* const symbol = dlsym(library, "C_GetFunctionList");
  if (symbol == nullptr || reinterpret_cast<CK_C_GetFunctionList>(symbol)(&real) != CKR_OK) {
    return false;
  }
  shim = *real;
  shim.C_GetFunctionList = FunctionList;
  shim.C_Decrypt = Decrypt;
  return true;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
  static const bool loaded = Load();
  return loaded ? FunctionList(list) : CKR_GENERAL_ERROR;
}
