// A program's configuration file: what options can be of TOML 1.0. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace signet::serving {

struct ConfigEntry {
  std::vector<std::string> table;  // "[a.b]" gives {"a", "b"}
  std::string key;
  // One, unless it is an array. Numbers are in their shortest decimal form.
  std::vector<std::string> values;
  int line = 0;
};

// In the order of their lines. INVALID_ARGUMENT: "line 3: …", with what was expected; a key given
// twice is an error.
absl::StatusOr<std::vector<ConfigEntry>> ParseConfigFile(std::string_view text);

}  // namespace signet::serving
