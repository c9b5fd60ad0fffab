#include "libs/base/money.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "absl/strings/str_cat.h"
#include "libs/base/currency_table.h"
#include "libs/base/status.h"

namespace signet {
namespace {

constexpr bool TableIsStrictlySorted() {
  for (size_t i = 1; i < std::size(kCurrencies); ++i) {
    if (kCurrencies[i - 1].code >= kCurrencies[i].code) return false;
  }
  return true;
}
static_assert(TableIsStrictlySorted(), "the table is searched by bisection");

bool AllDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

absl::Status BadAmount(std::string_view amount, const std::string& why) {
  constexpr size_t kShown = 40;  // what a person typed, not what a program sends
  return absl::InvalidArgumentError(
      absl::StrCat("amount \"", std::string(amount.substr(0, kShown)), "\": ", why));
}

// The decimals a person may write for this currency.
std::string Expected(int digits) {
  if (digits == 0) return "it has no decimals, write a whole number like 12";
  return absl::StrCat("it has ", digits, " decimals, write it like 12.",
                      std::string(static_cast<size_t>(digits), '0'));
}

}  // namespace

absl::StatusOr<int> MinorUnitDigits(std::string_view currency_code) {
  const auto* found = std::lower_bound(
      std::begin(kCurrencies), std::end(kCurrencies), currency_code,
      [](const Currency& currency, std::string_view code) { return currency.code < code; });
  if (found == std::end(kCurrencies) || found->code != currency_code) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", std::string(currency_code.substr(0, 8)),
                     "\" is not an active currency: give its ISO 4217 code in capitals, like EUR"));
  }
  return found->minor_unit_digits;
}

absl::StatusOr<Money> ParseMoney(std::string_view amount, std::string_view currency_code) {
  SIGNET_ASSIGN_OR_RETURN(const int digits, MinorUnitDigits(currency_code));
  if (amount.empty()) return BadAmount(amount, "it is empty; " + Expected(digits));
  if (amount.front() == '-') return BadAmount(amount, "it is negative; write it without a sign");
  const size_t point = amount.find('.');
  const std::string_view whole = amount.substr(0, point);
  const bool has_point = point != std::string_view::npos;
  const std::string_view decimals = has_point ? amount.substr(point + 1) : std::string_view();
  if (!AllDigits(whole) || (has_point && !AllDigits(decimals))) {
    return BadAmount(amount,
                     "only digits, with at most one point between them; " + Expected(digits));
  }
  const auto places = static_cast<size_t>(digits);
  if (decimals.size() > places) {
    return BadAmount(amount, absl::StrCat("too many decimals for ", std::string(currency_code),
                                          ": ", Expected(digits)));
  }

  std::string minor(whole);
  minor.append(decimals).append(places - decimals.size(), '0');
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  int64_t value = 0;
  for (const char c : minor) {
    const int64_t digit = c - '0';
    if (value > (kMax - digit) / 10) {
      return BadAmount(amount, absl::StrCat("it is too large; the most is ",
                                            FormatMoney({std::string(currency_code), kMax})));
    }
    value = value * 10 + digit;
  }
  return Money{std::string(currency_code), value};
}

std::string FormatMoney(const Money& money) {
  const auto digits = MinorUnitDigits(money.currency_code);
  if (!digits.ok()) {
    return absl::StrCat(money.amount_minor, " minor units of ", money.currency_code);
  }
  // Through unsigned arithmetic: the negation of INT64_MIN is not an int64.
  const bool negative = money.amount_minor < 0;
  const auto bits = static_cast<uint64_t>(money.amount_minor);
  std::string text = std::to_string(negative ? 0 - bits : bits);
  if (*digits > 0) {
    const auto places = static_cast<size_t>(*digits);
    if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
    text.insert(text.size() - places, 1, '.');
  }
  return absl::StrCat(negative ? "-" : "", text, " ", money.currency_code);
}

absl::StatusOr<int64_t> CheckedAdd(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) {
    return absl::OutOfRangeError(
        absl::StrCat("the sum of ", a, " and ", b, " minor units does not fit into 64 bits"));
  }
  return sum;
}

}  // namespace signet
