#include "services/payment_platform/store/array.h"

#include "libs/base/hex.h"

namespace signet::payment_platform {

void ArrayLiteral::Next() { text_ += text_.empty() ? '{' : ','; }

void ArrayLiteral::AddInteger(int64_t value) {
  Next();
  text_ += std::to_string(value);
}

void ArrayLiteral::AddInteger(std::optional<int64_t> value) {
  if (value.has_value()) return AddInteger(*value);
  Next();
  text_ += "NULL";
}

void ArrayLiteral::AddText(std::string_view value) {
  Next();
  text_ += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') text_ += '\\';
    text_ += c;
  }
  text_ += '"';
}

void ArrayLiteral::AddBytes(std::string_view value) {
  Next();
  text_ += R"("\\x)" + ToHex(value) + '"';
}

void ArrayLiteral::AddBytesOrNull(std::string_view value) {
  if (!value.empty()) return AddBytes(value);
  Next();
  text_ += "NULL";
}

}  // namespace signet::payment_platform
