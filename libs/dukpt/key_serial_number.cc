#include "libs/dukpt/key_serial_number.h"

#include <bit>

#include "absl/strings/str_cat.h"
#include "libs/base/big_endian.h"

namespace signet::dukpt {

static_assert(std::popcount(kLastCounter) == kMaxCounterOnes);
static_assert(kKsnBytes == 3 * sizeof(uint32_t));

std::string Serialize(const KeySerialNumber& ksn) {
  std::string out;
  out.reserve(kKsnBytes);
  AppendBigEndian32(out, ksn.bdk_id);
  AppendBigEndian32(out, ksn.device_id);
  AppendBigEndian32(out, ksn.counter);
  return out;
}

absl::StatusOr<KeySerialNumber> ParseKeySerialNumber(std::string_view bytes) {
  if (bytes.size() != kKsnBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a key serial number has ", kKsnBytes, " bytes, this one has ", bytes.size()));
  }
  KeySerialNumber ksn{ReadBigEndian32(bytes, 0), ReadBigEndian32(bytes, 4),
                      ReadBigEndian32(bytes, 8)};
  if (!IsUsableCounter(ksn.counter)) {
    return absl::InvalidArgumentError(absl::StrCat("counter ", absl::Hex(ksn.counter),
                                                   " is zero or has more than ", kMaxCounterOnes,
                                                   " one bits; no device may use it"));
  }
  return ksn;
}

bool IsUsableCounter(uint32_t counter) {
  return counter != 0 && std::popcount(counter) <= kMaxCounterOnes;
}

}  // namespace signet::dukpt
