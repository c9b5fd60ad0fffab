#include "tests/bench/devices/ledger_signer.h"

#include <array>

#include "libs/base/status.h"
#include "libs/openssl/digest.h"
#include "libs/openssl/p256.h"

namespace signet::bench {
namespace {

using openssl::BignumHandle;
using openssl::Bytes;
using Group = openssl::Handle<EC_GROUP, EC_GROUP_free>;
using Point = openssl::Handle<EC_POINT, EC_POINT_free>;
using Context = openssl::Handle<BN_CTX, BN_CTX_free>;

constexpr size_t kScalarBytes = 32;
constexpr size_t kPointBytes = 1 + 2 * kScalarBytes;  // uncompressed

absl::Status Failed() { return absl::InternalError("OpenSSL cannot make the ledger devices' key"); }

BignumHandle Number(std::string_view bytes) {
  return BignumHandle(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

// A scalar that anybody can compute. Below the order, but for one chance in 2^32.
BignumHandle Scalar(std::string_view name) { return Number(openssl::Sha256(name)); }

// The uncompressed encoding of scalar·G; empty where it failed.
std::string TimesGenerator(const EC_GROUP* group, const BIGNUM* scalar, BN_CTX* context) {
  const Point point(EC_POINT_new(group));
  std::string encoded(kPointBytes, '\0');
  const bool done =
      point != nullptr &&
      EC_POINT_mul(group, point.get(), scalar, nullptr, nullptr, context) == 1 &&
      EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_UNCOMPRESSED,
                         openssl::MutableBytes(encoded), encoded.size(), context) == kPointBytes;
  return done ? encoded : "";
}

}  // namespace

absl::StatusOr<std::unique_ptr<LedgerSigner>> LedgerSigner::Create() {
  const Context context(BN_CTX_new());
  const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  if (context == nullptr || group == nullptr) return Failed();
  std::unique_ptr<LedgerSigner> signer(new LedgerSigner);
  signer->order_.reset(BN_dup(EC_GROUP_get0_order(group.get())));
  const BIGNUM* order = signer->order_.get();

  const BignumHandle key = Scalar("signet-bench: the ledger devices' key");
  const BignumHandle nonce = Scalar("signet-bench: the ledger devices' nonce");
  const std::string public_point = TimesGenerator(group.get(), key.get(), context.get());
  const std::string nonce_point = TimesGenerator(group.get(), nonce.get(), context.get());
  if (public_point.empty() || nonce_point.empty()) return Failed();
  SIGNET_ASSIGN_OR_RETURN(signer->public_key_der_, openssl::P256SpkiFromPoint(public_point));

  // r is the x coordinate of k·G.
  signer->r_ = nonce_point.substr(1, kScalarBytes);
  const BignumHandle r = Number(signer->r_);
  if (BN_cmp(r.get(), order) >= 0) return Failed();
  signer->inverse_nonce_.reset(BN_mod_inverse(nullptr, nonce.get(), order, context.get()));
  signer->key_part_.reset(BN_new());
  BIGNUM* key_part = signer->key_part_.get();
  if (signer->inverse_nonce_ == nullptr || key_part == nullptr ||
      BN_mod_mul(key_part, r.get(), key.get(), order, context.get()) != 1 ||
      BN_mod_mul(key_part, key_part, signer->inverse_nonce_.get(), order, context.get()) != 1) {
    return Failed();
  }
  return signer;
}

// s = (z + r·d)/k = z/k + r·d/k.
absl::StatusOr<std::string> LedgerSigner::SignDigest(std::string_view digest) {
  if (digest.size() != kScalarBytes) return absl::InvalidArgumentError("a digest is 32 bytes");
  const Context context(BN_CTX_new());
  const BignumHandle z = Number(digest);
  const BignumHandle s(BN_new());
  std::array<char, kScalarBytes> encoded{};
  if (context == nullptr || z == nullptr || s == nullptr ||
      BN_mod_mul(s.get(), z.get(), inverse_nonce_.get(), order_.get(), context.get()) != 1 ||
      BN_mod_add(s.get(), s.get(), key_part_.get(), order_.get(), context.get()) != 1 ||
      BN_bn2binpad(s.get(), openssl::MutableBytes(encoded), kScalarBytes) < 0) {
    return Failed();
  }
  return r_ + std::string(encoded.data(), encoded.size());
}

}  // namespace signet::bench
