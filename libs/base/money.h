// Money: an int64 count of an ISO 4217 currency's minor units. Never floating point. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace signet {

// Decimal digits of the currency's minor unit (EUR 2, JPY 0, BHD 3).
// INVALID_ARGUMENT for a code that is not an active ISO 4217 currency; the message says what is
// expected.
absl::StatusOr<int> MinorUnitDigits(std::string_view currency_code);

struct Money {
  std::string currency_code;
  int64_t amount_minor = 0;
  friend bool operator==(const Money&, const Money&) = default;
};

// "12.50", "EUR" → 1250. Digits with at most one point, no sign, no grouping, no exponent.
// INVALID_ARGUMENT: empty, negative, other characters, more decimals than the currency has
// (JPY 1.5), over int64; the message names the cause and the remedy. Zero is accepted here.
absl::StatusOr<Money> ParseMoney(std::string_view amount, std::string_view currency_code);
// 1250 EUR → "12.50 EUR"; handles negative balances. An unknown currency is printed in minor units.
std::string FormatMoney(const Money& money);

// a + b; OUT_OF_RANGE where it overflows.
absl::StatusOr<int64_t> CheckedAdd(int64_t a, int64_t b);

}  // namespace signet
