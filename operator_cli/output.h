// Text that came over the network. Pure.
#pragma once

#include <string>

namespace signet::operator_cli {

// Safe to print on a terminal: control characters become '?'.
std::string Printable(const std::string& text);

}  // namespace signet::operator_cli
