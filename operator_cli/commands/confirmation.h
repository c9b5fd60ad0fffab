// "Are you sure?", for what cannot be undone.
#pragma once

#include <iosfwd>
#include <string>

#include "absl/status/status.h"

namespace signet::operator_cli {

// OK when the person types the expected word. CANCELLED where another answer comes; without a
// terminal INVALID_ARGUMENT, whose remedy is --yes.
absl::Status Confirm(const std::string& question, const std::string& expected_word,
                     bool has_terminal, std::istream& in, std::ostream& err);
// Both standard input and standard error are a terminal.
bool HasTerminal();

}  // namespace signet::operator_cli
