// Text that came from a person or over the network. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "libs/base/money.h"
#include "signet/payments/v1/money.pb.h"

namespace signet::terminal {

// Well-formed UTF-8 (RFC 3629).
bool IsUtf8(std::string_view text);
// Safe to print on a terminal: control characters (C0, DEL, C1), what reorders the text around it
// (Unicode bidirectional controls) and malformed bytes become '?'.
std::string Printable(std::string_view text);
// "12.50 EUR"
std::string ShowMoney(const payments::v1::Money& money);

}  // namespace signet::terminal
