#include "libs/dukpt/derivation.h"

#include "libs/base/big_endian.h"

namespace signet::dukpt {
namespace {

constexpr char kVersion = 0x01;  // X9.24-3-2017, 6.3.2, table 2
constexpr size_t kBlockBytes = 16;

std::string Blocks(KeyUsage usage, KeyType type, uint32_t left, uint32_t right) {
  const size_t blocks = (KeyBytes(type) + kBlockBytes - 1) / kBlockBytes;
  std::string out;
  out.reserve(blocks * kBlockBytes);
  for (size_t block = 1; block <= blocks; ++block) {
    out.push_back(kVersion);
    out.push_back(static_cast<char>(block));
    AppendBigEndian16(out, static_cast<uint16_t>(usage));
    AppendBigEndian16(out, static_cast<uint16_t>(type));
    AppendBigEndian16(out, static_cast<uint16_t>(KeyBytes(type) * 8));
    AppendBigEndian32(out, left);
    AppendBigEndian32(out, right);
  }
  return out;
}

}  // namespace

size_t KeyBytes(KeyType type) {
  switch (type) {
    case KeyType::kAes128:
      return 16;
    case KeyType::kAes192:
      return 24;
    case KeyType::kAes256:
      return 32;
  }
  return 0;  // not a KeyType
}

std::string InitialKeyData(KeyType type, uint32_t bdk_id, uint32_t device_id) {
  return Blocks(KeyUsage::kInitialKey, type, bdk_id, device_id);
}

std::string DerivationData(KeyUsage usage, KeyType type, uint32_t device_id, uint32_t counter) {
  return Blocks(usage, type, device_id, counter);
}

}  // namespace signet::dukpt
