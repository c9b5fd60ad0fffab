#include "libs/pkcs11/p256_encoding.h"

namespace signet::pkcs11 {
namespace {

constexpr std::string_view kOctetString65("\x04\x41", 2);  // DER: tag, length
constexpr char kUncompressed = 0x04;                       // SEC 1, 2.3.3

bool IsPoint(std::string_view bytes) {
  return bytes.size() == kP256PointBytes && bytes[0] == kUncompressed;
}

}  // namespace

absl::StatusOr<std::string> EncodeP256Point(std::string_view point) {
  if (!IsPoint(point)) {
    return absl::InvalidArgumentError("not an uncompressed point on P-256 (65 bytes from 04)");
  }
  return std::string(kOctetString65).append(point);
}

absl::StatusOr<std::string> DecodeP256Point(std::string_view encoded) {
  std::string_view point = encoded;
  if (encoded.size() == kOctetString65.size() + kP256PointBytes &&
      encoded.substr(0, kOctetString65.size()) == kOctetString65) {
    point.remove_prefix(kOctetString65.size());
  }
  if (!IsPoint(point)) {
    return absl::InvalidArgumentError("the module's CKA_EC_POINT is not a point on P-256");
  }
  return std::string(point);
}

}  // namespace signet::pkcs11
