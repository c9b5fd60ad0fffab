// Postgres array literals, for unnest($1::bigint[], …): one parameter carries a whole column. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet::payment_platform {

class ArrayLiteral {
 public:
  void AddInteger(int64_t value);
  void AddInteger(std::optional<int64_t> value);  // none: NULL
  void AddText(std::string_view value);           // without NUL
  void AddBytes(std::string_view value);          // bytea
  void AddBytesOrNull(std::string_view value);    // empty: NULL

  std::string text() const { return text_.empty() ? "{}" : text_ + "}"; }

 private:
  void Next();
  std::string text_;
};

}  // namespace signet::payment_platform
