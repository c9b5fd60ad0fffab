#include "terminal_client/text.h"

namespace signet::terminal {
namespace {

struct CodePoint {
  size_t bytes = 0;  // 0 where the text is malformed here
  uint32_t value = 0;
};

// The code point that a non-empty text begins with; none that is overlong, a surrogate or too
// large.
CodePoint First(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const uint32_t lead = at(0);
  if (lead < 0x80) return {1, lead};
  const size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  uint32_t value = lead & (0x7FU >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if ((at(i) & 0xC0) != 0x80) return {};
    value = (value << 6) | (at(i) & 0x3FU);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kSmallest[bytes] || surrogate || value > 0x10FFFF) return {};
  return {bytes, value};
}

bool IsDangerous(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = First(text).bytes;
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

std::string Printable(std::string_view text) {
  std::string printable;
  while (!text.empty()) {
    const CodePoint first = First(text);
    if (first.bytes == 0 || IsDangerous(first.value)) {
      printable.push_back('?');
    } else {
      printable.append(text.substr(0, first.bytes));
    }
    text.remove_prefix(first.bytes == 0 ? 1 : first.bytes);
  }
  return printable;
}

std::string ShowMoney(const payments::v1::Money& money) {
  return Printable(FormatMoney({money.currency_code(), money.amount_minor()}));
}

}  // namespace signet::terminal
