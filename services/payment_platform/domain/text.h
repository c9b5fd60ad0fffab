// What text from outside may look like before it is stored. Pure.
#pragma once

#include <string>

namespace signet::payment_platform {

// Three capital letters.
bool IsCurrencyCode(const std::string& text);
// No control characters (they could forge what a person is shown, and NUL cannot be stored).
bool IsPrintable(const std::string& text);
// 1 to 100 bytes, printable.
bool IsName(const std::string& text);

}  // namespace signet::payment_platform
