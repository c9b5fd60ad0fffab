#include "libs/pkcs11/library.h"

#include <dlfcn.h>
#include <unistd.h>

#include <map>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/status.h"
#include "libs/pkcs11/error.h"

namespace signet::pkcs11 {
namespace {

absl::Status NotInitialized(const std::string& path, CK_RV rv) {
  const absl::Status status = Check(rv, "C_Initialize");
  return WithFault(
      absl::FailedPreconditionError(absl::StrCat(
          "PKCS#11 module ", path, " did not initialize: ", std::string(status.message()),
          "; check the module's own configuration (SoftHSM: SOFTHSM2_CONF names a readable file "
          "whose directories.tokendir exists; NSS: --pkcs11-parameters with a configdir that "
          "exists)")),
      FaultOf(status));
}

// PKCS#11 allows one C_Initialize per library and process (v2.40, 5.4), so who else uses it is a
// fact of the process and is counted here. dlopen gives the same function list to everyone.
class Users {
 public:
  absl::Status Enter(const std::string& path, const std::string& parameters,
                     CK_FUNCTION_LIST* functions) {
    absl::MutexLock lock(&mutex_);
    if (counts_[functions] == 0) {
      CK_C_INITIALIZE_ARGS arguments = {};
      arguments.flags = CKF_OS_LOCKING_OK;
      std::string reserved = parameters;  // modules may write to it
      if (!reserved.empty()) arguments.pReserved = reserved.data();
      CK_RV rv = functions->C_Initialize(&arguments);
      // A module in trouble may refuse to be finalized: it is as it was then.
      if (rv == CKR_CRYPTOKI_ALREADY_INITIALIZED && not_finalized_.erase(functions) > 0)
        rv = CKR_OK;
      if (rv != CKR_OK) return NotInitialized(path, rv);
    }
    ++counts_[functions];
    return absl::OkStatus();
  }

  void Leave(CK_FUNCTION_LIST* functions) {
    absl::MutexLock lock(&mutex_);
    if (--counts_[functions] > 0) return;
    if (functions->C_Finalize(nullptr) != CKR_OK) not_finalized_.insert(functions);
  }

 private:
  absl::Mutex mutex_;
  std::map<CK_FUNCTION_LIST*, int> counts_ ABSL_GUARDED_BY(mutex_);
  std::set<CK_FUNCTION_LIST*> not_finalized_ ABSL_GUARDED_BY(mutex_);
};

// Never destroyed: a module may outlive every other static object.
Users& ProcessUsers() {
  static Users* const users = new Users();
  return *users;
}

absl::Status LoadError(const std::string& path) {
  const char* reason = dlerror();
  const std::string text = reason != nullptr ? reason : "unknown reason";
  if (path.find('/') == std::string::npos || access(path.c_str(), F_OK) != 0) {
    return absl::NotFoundError(absl::StrCat(
        "no PKCS#11 module at '", path, "' (", text,
        "); install it (Debian: apt install softhsm2) or give its path with --pkcs11-module"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("'", path, "' is not a loadable library (", text,
                   "); give the path of a PKCS#11 module with --pkcs11-module"));
}

bool IsNss(const CK_FUNCTION_LIST& functions) {
  CK_INFO info = {};
  if (functions.C_GetInfo(&info) != CKR_OK) return false;
  constexpr std::string_view kNss = "Mozilla Foundation";
  return std::string_view(reinterpret_cast<const char*>(info.manufacturerID), kNss.size()) == kNss;
}

}  // namespace

ModuleState::ModuleState(std::string library_path, CK_FUNCTION_LIST* function_list)
    : path(std::move(library_path)), functions(function_list), is_nss(IsNss(*function_list)) {}

ModuleState::~ModuleState() { ProcessUsers().Leave(functions); }

absl::StatusOr<CK_FUNCTION_LIST*> LoadFunctions(const std::string& path) {
  // Never dlclose'd: modules leave threads' and OpenSSL's cleanup handlers behind that crash once
  // their code is gone.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return LoadError(path);
  void* symbol = dlsym(library, "C_GetFunctionList");
  CK_FUNCTION_LIST* functions = nullptr;
  if (symbol == nullptr || reinterpret_cast<CK_C_GetFunctionList>(symbol)(&functions) != CKR_OK ||
      functions == nullptr || functions->version.major < 2) {
    return absl::FailedPreconditionError(
        absl::StrCat("'", path,
                     "' is a library but not a PKCS#11 module; give the path of one with "
                     "--pkcs11-module"));
  }
  return functions;
}

absl::StatusOr<std::shared_ptr<ModuleState>> OpenLibrary(const std::string& path,
                                                         const std::string& parameters) {
  SIGNET_ASSIGN_OR_RETURN(CK_FUNCTION_LIST* const functions, LoadFunctions(path));
  SIGNET_RETURN_IF_ERROR(ProcessUsers().Enter(path, parameters, functions));
  return std::make_shared<ModuleState>(path, functions);
}

}  // namespace signet::pkcs11
