#include "services/payment_platform/domain/text.h"

#include <algorithm>

namespace signet::payment_platform {

namespace {

constexpr size_t kMaxNameBytes = 100;  // platform/v1/operator.proto

}  // namespace

bool IsCurrencyCode(const std::string& text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool IsPrintable(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

bool IsName(const std::string& text) {
  return !text.empty() && text.size() <= kMaxNameBytes && IsPrintable(text);
}

}  // namespace signet::payment_platform
