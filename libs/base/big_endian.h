// Big-endian integers in byte strings. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace signet {

void AppendBigEndian16(std::string& out, uint16_t value);
void AppendBigEndian32(std::string& out, uint32_t value);
// bytes must hold at least 4 at offset.
uint32_t ReadBigEndian32(std::string_view bytes, size_t offset);

}  // namespace signet
