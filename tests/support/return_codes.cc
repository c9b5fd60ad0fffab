#include "tests/support/return_codes.h"

#include <fstream>
#include <ostream>
#include <regex>
#include <stdexcept>

namespace signet::testing {
namespace {

constexpr unsigned long kVendorCode = 0x80000000UL | 0x4711;
// PKCS#11 v2.40 has 93 codes besides CKR_OK and CKR_VENDOR_DEFINED; headers leave out a few that no
// function returns any more.
constexpr size_t kAtLeast = 85;

}  // namespace

std::vector<ReturnCode> AllReturnCodes() {
  std::ifstream header(SIGNET_PKCS11_HEADER);
  const std::regex definition("#[ ]*define\\s+(CKR_[A-Z_0-9]+)\\s+\\((0x[0-9a-fA-F]+|[0-9]+)UL\\)");
  std::vector<ReturnCode> codes;
  std::string line;
  while (std::getline(header, line)) {
    std::smatch match;
    if (!std::regex_search(line, match, definition) || match[1] == "CKR_OK") continue;
    codes.push_back({match[1], std::stoul(match[2], nullptr, 0)});
  }
  if (codes.size() < kAtLeast) throw std::runtime_error("cannot read " SIGNET_PKCS11_HEADER);
  codes.push_back({"CKR_VENDOR_DEFINED", kVendorCode});
  return codes;
}

void PrintTo(const ReturnCode& code, std::ostream* out) { *out << code.name; }

}  // namespace signet::testing
