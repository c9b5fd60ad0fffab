#include "libs/base/big_endian.h"

namespace signet {
namespace {

template <typename T>
void Append(std::string& out, T value) {
  for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xff));
  }
}

}  // namespace

void AppendBigEndian16(std::string& out, uint16_t value) { Append(out, value); }
void AppendBigEndian32(std::string& out, uint32_t value) { Append(out, value); }

uint32_t ReadBigEndian32(std::string_view bytes, size_t offset) {
  uint32_t value = 0;
  for (const char c : bytes.substr(offset, 4)) value = (value << 8) | static_cast<uint8_t>(c);
  return value;
}

}  // namespace signet
