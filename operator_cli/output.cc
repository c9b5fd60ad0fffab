#include "operator_cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "absl/time/time.h"
#include "google/protobuf/util/json_util.h"
#include "libs/program/exit_code.h"
#include "libs/program/program.h"
#include "nlohmann/json.hpp"

namespace signet::operator_cli {
namespace {

using nlohmann::ordered_json;

// Every field is printed, zeroes too, so that a reader never has to guess a default.
ordered_json ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return {};
  return ordered_json::parse(text);
}

std::string OneLine(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

// Columns on a terminal: code points, which is near enough for names.
size_t Width(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string Padded(const std::string& text, size_t width) {
  const size_t used = Width(text);
  return used < width ? text + std::string(width - used, ' ') : text;
}

}  // namespace

void Output::Json(const google::protobuf::Message& message, const Fields& extra) {
  ordered_json object = ToJson(message);
  for (const auto& [name, value] : extra) object[name] = value;
  out_ << OneLine(object) << '\n';
}

void Output::Error(const absl::Status& status) {
  if (!style_.json) return;
  const ordered_json object = {{"error",
                                {{"code", absl::StatusCodeToString(status.code())},
                                 {"message", std::string(status.message())},
                                 {"exitCode", static_cast<int>(serving::ExitCodeOf(status))}}}};
  out_ << OneLine(object) << '\n';
}

void Output::Record(const Fields& fields) {
  size_t width = 0;
  for (const auto& field : fields) width = std::max(width, Width(field.first));
  for (const auto& [name, value] : fields) {
    out_ << Bold(Padded(name, width)) << "  " << value << '\n';
  }
}

void Output::Table(const std::vector<std::string>& header,
                   const std::vector<std::vector<std::string>>& rows, bool with_header) {
  std::vector<size_t> widths;
  widths.reserve(header.size());
  for (const std::string& cell : header) widths.push_back(Width(cell));
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (size_t i = 0; i < cells.size(); ++i) {
      const bool last = i + 1 == cells.size();
      text += last ? cells[i] : Padded(cells[i], widths[i]) + "  ";
    }
    return text;
  };
  if (with_header) out_ << Bold(line(header)) << '\n';
  for (const auto& row : rows) out_ << line(row) << '\n';
}

void Output::Line(const std::string& text) { out_ << text << '\n'; }

void Output::Note(const std::string& text) {
  if (!style_.quiet) err_ << text << '\n';
}

std::string Output::Bold(const std::string& text) const {
  return style_.color ? "\033[1m" + text + "\033[0m" : text;
}

bool WantsColor(bool no_color_flag, int fd) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  if (no_color_flag || (no_color != nullptr && *no_color != '\0')) return false;
  if (term != nullptr && std::string(term) == "dumb") return false;
  return isatty(fd) == 1;
}

std::string Printable(const std::string& text) {
  std::string printable = text;
  for (char& c : printable) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = '?';
  }
  return printable;
}

std::string FormatTime(int64_t unix_ms) {
  if (unix_ms == 0) return "-";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixMillis(unix_ms), absl::UTCTimeZone());
}

}  // namespace signet::operator_cli
