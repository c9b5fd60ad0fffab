// OpenSSL's error queue as absl::Status. Internal to libs/openssl. Whoever sees a call fail makes
// its Status here, so that the thread's queue never keeps an error for a later, unrelated call.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace signet::openssl {

// INTERNAL: "what: OpenSSL's reason". Empties the queue.
absl::Status InternalFailure(const std::string& what);
// INVALID_ARGUMENT: what. Empties the queue; OpenSSL's reasons for malformed input help nobody.
absl::Status Malformed(const std::string& what);
// UNAUTHENTICATED, without a reason. Empties the queue.
absl::Status Unauthenticated();

}  // namespace signet::openssl
