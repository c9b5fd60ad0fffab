#include "libs/program/config_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>

// What toml++ 3.3 takes for impossible, some files bring about ("[[["): that is an error of the
// file, and neither the process' end nor, with NDEBUG, undefined behaviour.
namespace signet::serving {
namespace {
[[noreturn]] void Impossible() { throw std::logic_error("toml++"); }
}  // namespace
}  // namespace signet::serving
#undef NDEBUG
#define TOML_ASSERT(expression) ((expression) ? void() : signet::serving::Impossible())
#include "toml++/toml.h"

namespace signet::serving {
namespace {

absl::Status LineError(int line, const std::string& what) {
  return absl::InvalidArgumentError("line " + std::to_string(line) + ": " + what);
}

int LineOf(const toml::source_region& source) { return static_cast<int>(source.begin.line); }

// The shortest text that is that number again.
std::string ToText(double number) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return std::string(text.data(), end);
}

// Nothing where it is a table, an array or a date.
std::optional<std::string> ScalarText(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return ToText(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  return std::nullopt;
}

std::optional<std::vector<std::string>> ValuesOf(const toml::node& node) {
  std::vector<std::string> values;
  const auto take = [&values](const toml::node& scalar) {
    std::optional<std::string> text = ScalarText(scalar);
    if (!text.has_value()) return false;
    values.push_back(*std::move(text));
    return true;
  };
  if (const toml::array* const array = node.as_array()) {
    return std::all_of(array->begin(), array->end(), take) ? std::optional(values) : std::nullopt;
  }
  return take(node) ? std::optional(values) : std::nullopt;
}

absl::Status AddEntries(const toml::table& table, const std::vector<std::string>& name,
                        std::vector<ConfigEntry>& entries) {
  for (const auto& [key, node] : table) {
    if (const toml::table* const inner = node.as_table()) {
      std::vector<std::string> inner_name = name;
      inner_name.emplace_back(key.str());
      if (absl::Status added = AddEntries(*inner, inner_name, entries); !added.ok()) return added;
      continue;
    }
    ConfigEntry entry{name, std::string(key.str()), {}, LineOf(key.source())};
    std::optional<std::vector<std::string>> values = ValuesOf(node);
    if (!values.has_value()) {
      return LineError(entry.line, "expected after \"" + entry.key +
                                       " =\" a quoted string, a number, true, false, or an array "
                                       "of those");
    }
    entry.values = *std::move(values);
    entries.push_back(std::move(entry));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ConfigEntry>> ParseConfigFile(std::string_view text) {
  std::vector<ConfigEntry> entries;
  try {
    if (absl::Status added = AddEntries(toml::parse(text), {}, entries); !added.ok()) return added;
  } catch (const toml::parse_error& error) {
    return LineError(LineOf(error.source()),
                     std::string(error.description()) +
                         "; expected key = value, such as listen = \"127.0.0.1:7443\"");
  } catch (const std::logic_error& /*error*/) {
    return absl::InvalidArgumentError(
        "it is no TOML: a key or a table's name is missing where a line ends; expected key = "
        "value, such as listen = \"127.0.0.1:7443\"");
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const ConfigEntry& a, const ConfigEntry& b) { return a.line < b.line; });
  return entries;
}

}  // namespace signet::serving
