// Text as a JSON string (RFC 8259, 7). Pure.
#pragma once

#include <string>
#include <string_view>

namespace signet::serving {

// Appends text in quotes. Quotes, backslashes and control characters are escaped, so that a value
// can neither end its string nor its line; bytes that are not valid UTF-8 (RFC 3629) become U+FFFD.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace signet::serving
