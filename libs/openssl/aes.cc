#include "libs/openssl/aes.h"

#include <climits>

#include "absl/strings/str_cat.h"
#include "libs/openssl/error.h"
#include "libs/openssl/handle.h"

namespace signet::openssl {
namespace {

constexpr size_t kBlockSize = 16;

absl::Status CheckKeySize(const Secret& key) {
  if (key.size() == 16 || key.size() == 24 || key.size() == 32) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("an AES key has 16, 24 or 32 bytes, this one has ", key.size()));
}

std::string CipherName(const Secret& key, const char* mode) {
  return absl::StrCat("AES-", key.size() * 8, "-", mode);
}

}  // namespace

absl::StatusOr<Secret> AesEcbEncrypt(const Secret& key, std::string_view plaintext) {
  if (absl::Status status = CheckKeySize(key); !status.ok()) return status;
  if (plaintext.size() % kBlockSize != 0 || plaintext.size() > INT_MAX) {
    return absl::InvalidArgumentError("AES-ECB takes whole blocks of 16 bytes");
  }
  const CipherHandle cipher(EVP_CIPHER_fetch(nullptr, CipherName(key, "ECB").c_str(), nullptr));
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string output(plaintext.size(), '\0');
  int size = 0;
  if (cipher == nullptr || context == nullptr ||
      EVP_EncryptInit_ex2(context.get(), cipher.get(), Bytes(key.reveal()), nullptr, nullptr) !=
          1 ||
      EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
      EVP_EncryptUpdate(context.get(), MutableBytes(output), &size, Bytes(plaintext),
                        static_cast<int>(plaintext.size())) != 1 ||
      static_cast<size_t>(size) != output.size()) {
    WipeString(output);
    return InternalFailure("AES-ECB");
  }
  return Secret::TakeFrom(output);
}

absl::StatusOr<std::string> AesCmac(const Secret& key, std::string_view data) {
  if (absl::Status status = CheckKeySize(key); !status.ok()) return status;
  const MacHandle mac(EVP_MAC_fetch(nullptr, "CMAC", nullptr));
  const MacContext context(mac == nullptr ? nullptr : EVP_MAC_CTX_new(mac.get()));
  std::string cipher = CipherName(key, "CBC");
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher.data(), 0),
      OSSL_PARAM_construct_end()};
  std::string tag(kBlockSize, '\0');
  size_t size = 0;
  if (context == nullptr ||
      EVP_MAC_init(context.get(), Bytes(key.reveal()), key.size(), params) != 1 ||
      EVP_MAC_update(context.get(), Bytes(data), data.size()) != 1 ||
      EVP_MAC_final(context.get(), MutableBytes(tag), &size, tag.size()) != 1 ||
      size != tag.size()) {
    return InternalFailure("AES-CMAC");
  }
  return tag;
}

}  // namespace signet::openssl
