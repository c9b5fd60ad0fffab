#include "libs/base/secret.h"

#include <string.h>  // explicit_bzero (glibc, BSD)

#include <cstdint>
#include <utility>

namespace signet {

void WipeString(std::string& bytes) {
  // Up to the capacity: what was moved out of a short string or cut off is still in its buffer.
  // Growing to the capacity allocates nothing.
  bytes.resize(bytes.capacity());
  explicit_bzero(bytes.data(), bytes.size());
  bytes.clear();
}

bool ConstantTimeEquals(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  // volatile: the compiler may not end the loop at the first difference.
  volatile uint8_t difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<uint8_t>(difference | static_cast<uint8_t>(a[i] ^ b[i]));
  }
  return difference == 0;
}

Secret Secret::TakeFrom(std::string& bytes) {
  Secret secret;
  secret.bytes_.swap(bytes);
  WipeString(bytes);  // a short string's bytes are still in its own buffer
  return secret;
}

Secret::Secret(const Secret& other) = default;

Secret& Secret::operator=(const Secret& other) {
  if (this == &other) return *this;
  Wipe();
  bytes_ = other.bytes_;
  return *this;
}

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.Wipe(); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  Wipe();
  bytes_ = std::move(other.bytes_);
  other.Wipe();
  return *this;
}

Secret::~Secret() { Wipe(); }

bool operator==(const Secret& a, const Secret& b) { return ConstantTimeEquals(a.bytes_, b.bytes_); }

void Secret::Wipe() { WipeString(bytes_); }

}  // namespace signet
