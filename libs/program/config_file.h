// A program's configuration file: the part of TOML 1.0 that flat options need. Tables, bare keys,
// basic and literal strings on one line, integers, booleans, and arrays of those. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace signet::serving {

struct ConfigEntry {
  std::vector<std::string> table;  // "[a.b]" gives {"a", "b"}
  std::string key;
  std::vector<std::string> values;  // one, unless it is an array
  int line = 0;
};

// INVALID_ARGUMENT: "line 3: …", with what was expected; a key given twice is an error.
absl::StatusOr<std::vector<ConfigEntry>> ParseConfigFile(std::string_view text);

}  // namespace signet::serving
