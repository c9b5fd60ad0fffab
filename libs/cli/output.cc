#include "libs/cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "google/protobuf/util/json_util.h"
#include "libs/program/error_details.h"
#include "nlohmann/json.hpp"

namespace signet::cli {
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

void Output::Result(const google::protobuf::Message& message, const Fields& extra,
                    const Fields& record) {
  Json(message, extra);
  Record(record);
}

void Output::Json(const google::protobuf::Message& message, const Fields& extra) {
  if (!style_.json) return;
  ordered_json object = ToJson(message);
  for (const auto& [name, value] : extra) object[name] = value;
  for (const auto& [name, value] : also_) object[name] = value;
  out_ << OneLine(object) << '\n';
}

void Output::Error(const absl::Status& status) {
  if (!style_.json) return;
  absl::Status error = status;
  for (const auto& [name, value] : also_) error = serving::WithDetail(error, name, value);
  out_ << serving::ErrorJson(error) << '\n';
}

void Output::Record(const Fields& fields) {
  if (style_.json) return;
  size_t width = 0;
  for (const auto& field : fields) width = std::max(width, Width(field.first));
  for (const auto& [name, value] : fields) {
    out_ << Bold(Padded(name, width)) << "  " << value << '\n';
  }
}

void Output::Table(const Row& header, const std::vector<Row>& rows, bool with_header) {
  if (style_.json) return;
  std::vector<size_t> widths;
  widths.reserve(header.size());
  for (const std::string& cell : header) widths.push_back(Width(cell));
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  const auto line = [&](const Row& cells) {
    std::string text;
    for (size_t i = 0; i < cells.size(); ++i) {
      const bool last = i + 1 == cells.size();
      text += last ? cells[i] : Padded(cells[i], widths[i]) + "  ";
    }
    return text;
  };
  if (with_header) out_ << Bold(line(header)) << '\n';
  for (const Row& row : rows) out_ << line(row) << '\n';
}

void Output::Line(const std::string& text) {
  if (!style_.json) out_ << text << '\n';
}

void Output::Note(const std::string& text) {
  if (!style_.quiet) err_ << text << std::endl;
}

void Output::Step(const std::string& text, std::chrono::steady_clock::duration took) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  Note(absl::StrFormat("%6d ms  %s", ms, text));
}

void Output::Warning(const std::string& text) { err_ << "warning: " << text << std::endl; }

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

std::string ShowTime(int64_t unix_ms) {
  if (unix_ms == 0) return "-";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixMillis(unix_ms), absl::UTCTimeZone());
}

}  // namespace signet::cli
