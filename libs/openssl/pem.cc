#include <openssl/pem.h>

#include <climits>

#include "absl/strings/str_cat.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/error.h"
#include "libs/openssl/handle.h"

namespace signet::openssl {
namespace {

constexpr size_t kPemMax = 1 << 20;

// One block as PEM_read_bio returns it: three buffers of OpenSSL's.
struct Block {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;  // NOLINT(google-runtime-int): OpenSSL's type

  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    if (data != nullptr) OPENSSL_clear_free(data, static_cast<size_t>(size));  // may be a key
  }
};

}  // namespace

std::string ToPem(std::string_view label, std::string_view der) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  const std::string name(label);
  char* text = nullptr;
  if (bio == nullptr || der.size() > kPemMax ||
      PEM_write_bio(bio.get(), name.c_str(), "", Bytes(der),
                    static_cast<long>(der.size())) <= 0) {  // NOLINT(google-runtime-int)
    InternalFailure("PEM encoding").IgnoreError();
    return "";
  }
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

absl::StatusOr<std::string> FromPem(std::string_view label, std::string_view pem) {
  const std::string expected = absl::StrCat("no PEM block \"", std::string(label), "\" found");
  if (pem.empty() || pem.size() > kPemMax) return Malformed(expected);
  const BioHandle bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (bio == nullptr) return InternalFailure("PEM decoding");
  // Blocks of other kinds may stand before it (RFC 7468, 2: parsers skip what they do not expect).
  for (;;) {
    Block block;
    if (PEM_read_bio(bio.get(), &block.name, &block.header, &block.data, &block.size) != 1) {
      return Malformed(expected);
    }
    if (std::string_view(block.name) != label) continue;
    if (*block.header != '\0') return Malformed("a PEM block has headers: it may be encrypted");
    return std::string(reinterpret_cast<const char*>(block.data), static_cast<size_t>(block.size));
  }
}

}  // namespace signet::openssl
