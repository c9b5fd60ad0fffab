// Internal: the C interface of PKCS#11 v2.40 and how C++ bytes go into it. Included by this
// library's sources only.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "p11-kit/pkcs11.h"

namespace signet::pkcs11 {

// What Load opened. Its end finalizes the library if it was the last user in this process.
struct ModuleState {
  ModuleState(std::string library_path, CK_FUNCTION_LIST* function_list);
  ~ModuleState();
  ModuleState(const ModuleState&) = delete;
  ModuleState& operator=(const ModuleState&) = delete;

  const std::string path;
  CK_FUNCTION_LIST* const functions;
  const bool is_nss;  // NSS's softoken, which has ways of its own
};

// One open session, as the free functions of this library take it.
struct Connection {
  const CK_FUNCTION_LIST* functions;
  CK_SESSION_HANDLE session;
};

// The C interface takes pointers to bytes that it does not change as non-const, and modules refuse
// null pointers even for zero bytes.
inline CK_BYTE* InBytes(std::string_view bytes) {
  static const CK_BYTE kNothing = 0;
  const void* data = bytes.empty() ? static_cast<const void*>(&kNothing) : bytes.data();
  return const_cast<CK_BYTE*>(static_cast<const CK_BYTE*>(data));
}

inline CK_BYTE* OutBytes(std::string& bytes) { return reinterpret_cast<CK_BYTE*>(bytes.data()); }

inline CK_ULONG Length(std::string_view bytes) { return static_cast<CK_ULONG>(bytes.size()); }

inline CK_BBOOL Bool(bool value) { return static_cast<CK_BBOOL>(value ? CK_TRUE : CK_FALSE); }

}  // namespace signet::pkcs11
