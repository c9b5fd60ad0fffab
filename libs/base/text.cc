#include "libs/base/text.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/status.h"

namespace signet {
namespace {

const utf8proc_uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

bool IsSpace(int32_t code_point) { return utf8proc_category(code_point) == UTF8PROC_CATEGORY_ZS; }

absl::Status Refused(std::string_view what, const std::string& why) {
  return absl::InvalidArgumentError(std::string(what) + ": " + why);
}

// at: how many bytes stand before it.
std::string Place(size_t at) { return absl::StrCat("byte ", at + 1); }

std::string WhyNotPlain(int32_t code_point) {
  switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_CC:
      return "a control character";
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return "a line's or a paragraph's end";
    case UTF8PROC_CATEGORY_CN:
      return "no character of Unicode";
    default:
      return "invisible, or turns the direction of writing";
  }
}

size_t CharactersOf(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(FirstCodePoint(text).bytes);
  return count;
}

absl::Status CheckCharacters(std::string_view what, std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint first = FirstCodePoint(text.substr(at));
    if (first.value < 0) return Refused(what, Place(at) + " is not UTF-8; write it in UTF-8");
    if (!IsPlain(first.value)) {
      return Refused(what, absl::StrFormat("%s (U+%04X) is %s; leave it out", Place(at),
                                           first.value, WhyNotPlain(first.value)));
    }
    at += first.bytes;
  }
  return absl::OkStatus();
}

struct Free {
  void operator()(utf8proc_uint8_t* bytes) const { std::free(bytes); }
};

absl::Status CheckComposed(std::string_view what, std::string_view text) {
  utf8proc_uint8_t* bytes = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(Bytes(text), static_cast<utf8proc_ssize_t>(text.size()), &bytes,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(bytes);
  if (size < 0) return absl::InternalError(utf8proc_errmsg(size));
  const std::string_view composed(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  if (composed == text) return absl::OkStatus();
  size_t at = 0;
  while (at < text.size() && at < composed.size() && text[at] == composed[at]) ++at;
  return Refused(what, Place(at) +
                           " is not in Unicode's composed form (NFC); write accents and "
                           "the like composed, as `uconv -x any-nfc` does");
}

}  // namespace

CodePoint FirstCodePoint(std::string_view text) {
  utf8proc_int32_t value = -1;
  const utf8proc_ssize_t bytes =
      utf8proc_iterate(Bytes(text), static_cast<utf8proc_ssize_t>(text.size()), &value);
  return bytes > 0 ? CodePoint{static_cast<size_t>(bytes), value} : CodePoint{};
}

bool IsPlain(int32_t code_point) {
  switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    default:
      return utf8proc_get_property(code_point)->ignorable == 0;
  }
}

absl::Status CheckText(std::string_view what, std::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) {
    return Refused(what, absl::StrCat("it has ", text.size(), " bytes (", CharactersOf(text),
                                      " characters), and at most ", max_bytes,
                                      " bytes are allowed; shorten it"));
  }
  SIGNET_RETURN_IF_ERROR(CheckCharacters(what, text));
  return CheckComposed(what, text);
}

absl::Status CheckName(std::string_view what, std::string_view text, size_t max_bytes) {
  if (text.empty()) return Refused(what, "it is empty; give one");
  SIGNET_RETURN_IF_ERROR(CheckText(what, text, max_bytes));
  CodePoint last;
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(last.bytes)) {
    last = FirstCodePoint(rest);
  }
  if (!IsSpace(FirstCodePoint(text).value) && !IsSpace(last.value)) return absl::OkStatus();
  return Refused(what, "it begins or ends with a space; leave that out");
}

std::string Printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const CodePoint first = FirstCodePoint(text);
    if (first.value >= 0 && IsPlain(first.value)) {
      shown.append(text.substr(0, first.bytes));
    } else {
      shown.push_back('?');
    }
    text.remove_prefix(first.bytes);
  }
  return shown;
}

}  // namespace signet
