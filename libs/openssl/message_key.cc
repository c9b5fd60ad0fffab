#include <climits>
#include <utility>

#include "libs/openssl/aes.h"
#include "libs/openssl/error.h"
#include "libs/openssl/handle.h"
#include "libs/openssl/random.h"

namespace signet::openssl {
namespace {

constexpr size_t kKeySize = 32;
constexpr size_t kNonceSize = 12;  // NIST SP 800-38D, 5.2.1.1: the recommended length
constexpr size_t kTagSize = 16;

// The context holds the expanded key; each message only sets its nonce and direction.
class GcmKey final : public MessageKey {
 public:
  explicit GcmKey(CipherContext context) : context_(std::move(context)) {}

  absl::StatusOr<GcmOutput> Seal(std::string_view aad, std::string_view plaintext) override;
  absl::StatusOr<std::string> Open(std::string_view aad, std::string_view nonce,
                                   std::string_view ciphertext) override;

 private:
  // Sets the nonce and passes the AAD and the text through. text and output may be empty.
  bool Process(bool encrypt, std::string_view nonce, std::string_view aad, std::string_view text,
               std::string& output);

  CipherContext context_;
};

bool GcmKey::Process(bool encrypt, std::string_view nonce, std::string_view aad,
                     std::string_view text, std::string& output) {
  if (EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, Bytes(nonce), encrypt ? 1 : 0,
                         nullptr) != 1) {
    return false;
  }
  int size = 0;
  if (!aad.empty() && EVP_CipherUpdate(context_.get(), nullptr, &size, Bytes(aad),
                                       static_cast<int>(aad.size())) != 1) {
    return false;
  }
  return text.empty() || EVP_CipherUpdate(context_.get(), MutableBytes(output), &size, Bytes(text),
                                          static_cast<int>(text.size())) == 1;
}

absl::StatusOr<GcmOutput> GcmKey::Seal(std::string_view aad, std::string_view plaintext) {
  if (aad.size() > INT_MAX || plaintext.size() > INT_MAX - kTagSize) {
    return absl::InvalidArgumentError("AES-GCM: a message is smaller than 2 GiB");
  }
  GcmOutput sealed{RandomBytes(kNonceSize), std::string(plaintext.size() + kTagSize, '\0')};
  unsigned char* const tag = MutableBytes(sealed.ciphertext) + plaintext.size();
  int size = 0;
  if (!Process(true, sealed.nonce, aad, plaintext, sealed.ciphertext) ||
      EVP_CipherFinal_ex(context_.get(), tag, &size) != 1 || size != 0 ||
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(kTagSize), tag) !=
          1) {
    return InternalFailure("AES-GCM encryption");
  }
  return sealed;
}

absl::StatusOr<std::string> GcmKey::Open(std::string_view aad, std::string_view nonce,
                                         std::string_view ciphertext) {
  if (nonce.size() != kNonceSize || ciphertext.size() < kTagSize || ciphertext.size() > INT_MAX ||
      aad.size() > INT_MAX) {
    return Unauthenticated();
  }
  const size_t text_size = ciphertext.size() - kTagSize;
  std::string tag(ciphertext.substr(text_size));
  std::string plaintext(text_size, '\0');
  if (!Process(false, nonce, aad, ciphertext.substr(0, text_size), plaintext) ||
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTagSize),
                          tag.data()) != 1) {
    WipeString(plaintext);
    return InternalFailure("AES-GCM decryption");
  }
  int size = 0;
  unsigned char none[kTagSize];
  if (EVP_CipherFinal_ex(context_.get(), none, &size) != 1) {
    WipeString(plaintext);  // nothing of an unauthenticated plaintext leaves
    return Unauthenticated();
  }
  return plaintext;
}

}  // namespace

absl::StatusOr<std::unique_ptr<MessageKey>> CreateMessageKey(const Secret& key) {
  if (key.size() != kKeySize) {
    return absl::InvalidArgumentError("a message key has 32 bytes (AES-256)");
  }
  const CipherHandle cipher(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
  CipherContext context(EVP_CIPHER_CTX_new());
  if (cipher == nullptr || context == nullptr ||
      EVP_CipherInit_ex2(context.get(), cipher.get(), Bytes(key.reveal()), nullptr, 1, nullptr) !=
          1) {
    return InternalFailure("AES-256-GCM key");
  }
  return std::make_unique<GcmKey>(std::move(context));
}

}  // namespace signet::openssl
