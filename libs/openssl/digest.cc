#include "libs/openssl/digest.h"

#include <cstdio>
#include <cstdlib>

#include "libs/openssl/handle.h"

namespace signet::openssl {

std::string Sha256(std::string_view data) {
  // Looking the algorithm up costs more than hashing a short message: once a thread is enough.
  thread_local const DigestHandle kSha256(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  std::string digest(32, '\0');
  unsigned int size = 0;
  if (kSha256 == nullptr ||
      EVP_Digest(data.data(), data.size(), MutableBytes(digest), &size, kSha256.get(), nullptr) !=
          1 ||
      size != digest.size()) {
    // Only without memory or without OpenSSL's default provider. No caller can go on without it.
    std::fputs("signet: SHA-256 is not available; check the OpenSSL configuration\n", stderr);
    std::abort();
  }
  return digest;
}

}  // namespace signet::openssl
