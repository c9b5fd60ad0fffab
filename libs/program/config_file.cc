#include "libs/program/config_file.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace signet::serving {
namespace {

bool IsBareKeyChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// Reads one line from left to right. Each Take… returns nothing where the line says otherwise.
class LineReader {
 public:
  explicit LineReader(std::string_view line) : rest_(line) {}

  void SkipSpace() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
      rest_.remove_prefix(1);
    }
  }
  bool AtEnd() {
    SkipSpace();
    return rest_.empty() || rest_.front() == '#';
  }
  bool Take(char c) {
    SkipSpace();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<std::string> TakeBareKey() {
    SkipSpace();
    std::string key;
    while (!rest_.empty() && IsBareKeyChar(rest_.front())) {
      key += rest_.front();
      rest_.remove_prefix(1);
    }
    if (key.empty()) return std::nullopt;
    return key;
  }
  std::optional<std::vector<std::string>> TakeValues() {
    if (!Take('[')) {
      std::optional<std::string> value = TakeScalar();
      if (!value.has_value()) return std::nullopt;
      return std::vector<std::string>{*std::move(value)};
    }
    std::vector<std::string> values;
    while (!Take(']')) {
      std::optional<std::string> value = TakeScalar();
      if (!value.has_value()) return std::nullopt;
      values.push_back(*std::move(value));
      if (!Take(',') && (rest_.empty() || rest_.front() != ']')) return std::nullopt;
    }
    return values;
  }

 private:
  std::optional<std::string> TakeScalar() {
    SkipSpace();
    if (rest_.empty()) return std::nullopt;
    if (Take('"')) return TakeBasicString();
    if (Take('\'')) return TakeLiteralString();
    std::optional<std::string> word = TakeBareKey();
    if (!word.has_value()) return std::nullopt;
    if (*word == "true" || *word == "false") return word;
    const size_t digits = word->front() == '-' ? 1 : 0;
    const bool is_integer = word->size() > digits &&
                            std::all_of(word->begin() + static_cast<std::ptrdiff_t>(digits),
                                        word->end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!is_integer) return std::nullopt;
    return word;
  }
  std::optional<std::string> TakeBasicString() {
    std::string value;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return value;
      if (c != '\\') {
        value += c;
        continue;
      }
      if (rest_.empty()) return std::nullopt;
      const char escaped = rest_.front();
      rest_.remove_prefix(1);
      if (escaped != '"' && escaped != '\\' && escaped != 'n' && escaped != 't') {
        return std::nullopt;
      }
      value += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
    }
    return std::nullopt;  // not closed
  }
  std::optional<std::string> TakeLiteralString() {
    const size_t end = rest_.find('\'');
    if (end == std::string_view::npos) return std::nullopt;
    std::string value(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return value;
  }

  std::string_view rest_;
};

absl::Status LineError(int line, const std::string& what) {
  return absl::InvalidArgumentError("line " + std::to_string(line) + ": " + what);
}

absl::StatusOr<std::vector<std::string>> ReadTable(LineReader& reader, int line) {
  std::vector<std::string> table;
  do {
    std::optional<std::string> name = reader.TakeBareKey();
    if (!name.has_value()) return LineError(line, "expected a table such as [name]");
    table.push_back(*std::move(name));
  } while (reader.Take('.'));
  if (!reader.Take(']') || !reader.AtEnd()) {
    return LineError(line, "expected a table such as [name]");
  }
  return table;
}

absl::StatusOr<ConfigEntry> ReadEntry(LineReader& reader, int line) {
  ConfigEntry entry;
  entry.line = line;
  std::optional<std::string> key = reader.TakeBareKey();
  if (!key.has_value() || !reader.Take('=')) {
    return LineError(line, "expected key = value, such as listen = \"127.0.0.1:7443\"");
  }
  entry.key = *std::move(key);
  std::optional<std::vector<std::string>> values = reader.TakeValues();
  if (!values.has_value() || !reader.AtEnd()) {
    return LineError(line, "expected after \"" + entry.key +
                               " =\" a quoted string, a whole number, true, false, or an array of "
                               "those in one line");
  }
  entry.values = *std::move(values);
  return entry;
}

}  // namespace

absl::StatusOr<std::vector<ConfigEntry>> ParseConfigFile(std::string_view text) {
  std::vector<ConfigEntry> entries;
  std::vector<std::string> table;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);

    LineReader reader(line);
    if (reader.AtEnd()) continue;
    if (reader.Take('[')) {
      absl::StatusOr<std::vector<std::string>> named = ReadTable(reader, number);
      if (!named.ok()) return std::move(named).status();
      table = *std::move(named);
      continue;
    }
    absl::StatusOr<ConfigEntry> entry = ReadEntry(reader, number);
    if (!entry.ok()) return std::move(entry).status();
    entry->table = table;
    for (const ConfigEntry& earlier : entries) {
      if (earlier.key == entry->key && earlier.table == entry->table) {
        return LineError(number, "\"" + entry->key + "\" was given before, in line " +
                                     std::to_string(earlier.line) + "; remove one of the two");
      }
    }
    entries.push_back(*std::move(entry));
  }
  return entries;
}

}  // namespace signet::serving
