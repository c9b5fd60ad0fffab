#include "hsm_agent/pin/assuan.h"

#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/status.h"

namespace signet::hsm_agent {
namespace {

constexpr size_t kBufferBytes = 4 * kMaxAssuanLineBytes;

absl::Status Violation(const char* what) {
  return absl::InternalError(absl::StrCat("pinentry broke the Assuan protocol: ", what));
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

absl::StatusOr<Secret> Unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      WipeString(out);
      return Violation("an unfinished escape");
    }
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return Secret::TakeFrom(out);
}

absl::StatusOr<AssuanReply> ParseError(std::string_view rest) {
  AssuanReply reply;
  reply.kind = AssuanReply::Kind::kError;
  const auto [end, error] =
      std::from_chars(rest.data(), rest.data() + rest.size(), reply.error_code);
  const bool ended = end == rest.data() + rest.size() || *end == ' ';
  if (error != std::errc() || !ended) return Violation("an ERR without a code");
  return reply;
}

// The rest of the line after the keyword, where the line starts with it as a whole word.
std::optional<std::string_view> After(std::string_view line, std::string_view keyword) {
  if (line.substr(0, keyword.size()) != keyword) return std::nullopt;
  line.remove_prefix(keyword.size());
  if (line.empty()) return line;
  if (line.front() != ' ') return std::nullopt;
  return line.substr(1);
}

}  // namespace

std::string EscapeAssuan(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || c == '%') {
      out += "%" + ToHex(std::string_view(&c, 1));
    } else {
      out.push_back(c);
    }
  }
  return out;
}

absl::StatusOr<std::string> AssuanCommand(std::string_view verb, std::string_view argument) {
  std::string line(verb);
  if (!argument.empty()) line += " " + EscapeAssuan(argument);
  if (line.size() > kMaxAssuanLineBytes) {
    return absl::InvalidArgumentError("the text is too long for a PIN prompt");
  }
  line.push_back('\n');
  return line;
}

absl::StatusOr<AssuanReply> ParseAssuanReply(std::string_view line) {
  AssuanReply reply;
  if (After(line, "OK")) {
    reply.kind = AssuanReply::Kind::kOk;
    return reply;
  }
  if (const auto rest = After(line, "ERR")) return ParseError(*rest);
  if (const auto rest = After(line, "D")) {
    reply.kind = AssuanReply::Kind::kData;
    SIGNET_ASSIGN_OR_RETURN(reply.data, Unescape(*rest));
    return reply;
  }
  if (After(line, "S") || line.empty() || line.front() == '#') return reply;
  return Violation("an unexpected line");
}

AssuanLines::~AssuanLines() { WipeString(buffer_); }

absl::Status AssuanLines::Append(std::string_view bytes) {
  if (buffer_.capacity() < kBufferBytes) buffer_.reserve(kBufferBytes);
  if (buffer_.size() + bytes.size() > kBufferBytes) return Violation("too much at once");
  buffer_.append(bytes);
  size_t line_start = 0;
  while (true) {
    const size_t end = buffer_.find('\n', line_start);
    const size_t length = (end == std::string::npos ? buffer_.size() : end) - line_start;
    if (length > kMaxAssuanLineBytes) return Violation("a line longer than 1000 bytes");
    if (end == std::string::npos) return absl::OkStatus();
    line_start = end + 1;
  }
}

std::optional<Secret> AssuanLines::Next() {
  const size_t end = buffer_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  Secret line(std::string_view(buffer_).substr(0, end));
  const size_t left = buffer_.size() - end - 1;
  buffer_.replace(0, left, buffer_, end + 1, left);
  for (size_t i = left; i < buffer_.size(); ++i) const_cast<volatile char&>(buffer_[i]) = '\0';
  buffer_.resize(left);
  return line;
}

}  // namespace signet::hsm_agent
