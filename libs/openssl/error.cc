#include "libs/openssl/error.h"

#include <openssl/err.h>

#include "absl/strings/str_cat.h"

namespace signet::openssl {

absl::Status InternalFailure(const std::string& what) {
  const unsigned long code = ERR_peek_error();  // NOLINT(google-runtime-int): OpenSSL's type
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  absl::Status status =
      absl::InternalError(absl::StrCat(what, ": ", reason == nullptr ? "no reason given" : reason));
  ERR_clear_error();
  return status;
}

absl::Status Malformed(const std::string& what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(what);
}

absl::Status Unauthenticated() {
  ERR_clear_error();
  return absl::UnauthenticatedError("authentication failed");
}

}  // namespace signet::openssl
