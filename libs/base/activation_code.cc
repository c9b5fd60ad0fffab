#include "libs/base/activation_code.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"

namespace signet {
namespace {

constexpr size_t kSeedSize = 16;
constexpr size_t kDigits = 26;  // 26 * 5 = 130 bits: the seed's 128 after two zero bits
constexpr size_t kSymbols = kDigits + 1;
constexpr size_t kGroup = 5;
constexpr int kModulus = 37;

// Crockford's base32: 32 digits, then the five symbols that only the check position may hold
// (https://www.crockford.com/base32.html).
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";
static_assert(kAlphabet.size() == kModulus);

// The symbol's value, or -1. Letters that look like digits are read as those digits.
int ValueOf(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  const size_t position = kAlphabet.find(c);
  return position == std::string_view::npos ? -1 : static_cast<int>(position);
}

// The seed as 26 digits of five bits, highest first.
std::array<uint8_t, kDigits> DigitsOf(std::string_view seed) {
  std::array<uint8_t, kDigits> digits{};
  uint32_t pending = 0;
  int bits = 2;  // the two leading zero bits
  size_t next = 0;
  for (const char c : seed) {
    pending = (pending << 8) | static_cast<uint8_t>(c);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      digits[next++] = static_cast<uint8_t>((pending >> bits) & 31u);
    }
    pending &= (1u << bits) - 1;
  }
  return digits;
}

// The value of the digits modulo 37. As 37 is prime and no digit reaches it, every change of one
// symbol and every swap of two different neighbours changes the remainder.
int CheckValue(const std::array<uint8_t, kDigits>& digits) {
  int remainder = 0;
  for (const uint8_t digit : digits) remainder = (remainder * 32 + digit) % kModulus;
  return remainder;
}

absl::Status BadLength(size_t symbols) {
  return absl::InvalidArgumentError(absl::StrCat("an activation code has ", kSymbols,
                                                 " symbols, this one has ", symbols,
                                                 "; copy it again in full"));
}

}  // namespace

std::string FormatActivationCode(const Secret& seed) {
  if (seed.size() != kSeedSize) return "";  // a caller's mistake; "" never parses
  const auto digits = DigitsOf(seed.reveal());
  std::string code;
  code.reserve(kSymbols + kSymbols / kGroup);
  for (size_t i = 0; i < kSymbols; ++i) {
    if (i != 0 && i % kGroup == 0) code.push_back('-');
    const int value = i < kDigits ? digits[i] : CheckValue(digits);
    code.push_back(kAlphabet[static_cast<size_t>(value)]);
  }
  return code;
}

absl::StatusOr<Secret> ParseActivationCode(std::string_view code) {
  std::array<uint8_t, kDigits> digits{};
  int check = -1;
  size_t symbols = 0;
  for (const char c : code) {
    if (c == '-' || c == ' ') continue;
    const int value = ValueOf(c);
    if (value < 0 || (symbols < kDigits && value >= 32)) {
      return absl::InvalidArgumentError(
          absl::StrCat("symbol ", symbols + 1,
                       " cannot occur there in an activation code; it has "
                       "digits and letters without I, L, O and U"));
    }
    if (symbols < kDigits) {
      digits[symbols] = static_cast<uint8_t>(value);
    } else {
      check = value;
    }
    if (++symbols > kSymbols) return BadLength(symbols);
  }
  if (symbols != kSymbols) return BadLength(symbols);
  if (digits[0] > 7 || check != CheckValue(digits)) {
    return absl::InvalidArgumentError(
        "the activation code's checksum does not fit: one of its symbols is mistyped");
  }

  std::string seed;
  seed.reserve(kSeedSize);
  uint32_t pending = digits[0];
  int bits = 3;
  for (size_t i = 1; i < kDigits; ++i) {
    pending = (pending << 5) | digits[i];
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      seed.push_back(static_cast<char>(pending >> bits));
      pending &= (1u << bits) - 1;
    }
  }
  return Secret::TakeFrom(seed);
}

}  // namespace signet
