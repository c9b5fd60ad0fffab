#include "libs/openssl/random.h"

#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>

#include "libs/openssl/handle.h"

namespace signet::openssl {
namespace {

[[noreturn]] void EndWithoutRandomness() {
  std::fputs("signet: the system gives no random bytes; refusing to go on\n", stderr);
  std::abort();
}

}  // namespace

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  if (RAND_bytes_ex(nullptr, MutableBytes(bytes), size, 0) != 1) EndWithoutRandomness();
  return bytes;
}

Secret RandomSecret(size_t size) {
  std::string bytes(size, '\0');
  // OpenSSL's generator for secrets is another one than the generator for public values.
  if (RAND_priv_bytes_ex(nullptr, MutableBytes(bytes), size, 0) != 1) EndWithoutRandomness();
  return Secret::TakeFrom(bytes);
}

}  // namespace signet::openssl
