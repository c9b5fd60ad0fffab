// Text from outside: what is allowed in, and what is safe to show. The one definition, of all
// programs. Characters are Unicode code points. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace signet {

// A character, or one byte that is of none (RFC 3629): its value is -1 then.
struct CodePoint {
  size_t bytes = 1;
  int32_t value = -1;
};
// text: not empty.
CodePoint FirstCodePoint(std::string_view text);

// A character that a person sees, or a space: no control (C0, C1), none without a width of its own
// or that turns the direction of writing (Unicode's Cf and Default_Ignorable_Code_Point), no line
// or paragraph separator, and none that Unicode has not assigned.
bool IsPlain(int32_t code_point);

// Allowed in: UTF-8 of at most max_bytes bytes, of plain characters only, in the composed form that
// makes equal texts equal bytes (NFC, Unicode Standard Annex 15); may be empty.
// INVALID_ARGUMENT names `what` ("the reference"), the place (the first byte is byte 1), and what
// to do; it never repeats the text.
absl::Status CheckText(std::string_view what, std::string_view text, size_t max_bytes);
// The same of what names somebody: not empty, and no space at its ends.
absl::Status CheckName(std::string_view what, std::string_view text, size_t max_bytes);

// Safe to show on a terminal, at a prompt or in a log: each character that is not plain, and each
// byte that is not UTF-8, is a '?'.
std::string Printable(std::string_view text);

}  // namespace signet
