// Every return code that PKCS#11 has, read from the header that the system has, and one of a
// vendor's own.
#pragma once

#include <string>
#include <vector>

namespace signet::testing {

struct ReturnCode {
  std::string name;  // "CKR_DEVICE_ERROR"
  unsigned long value = 0;
};

// All but CKR_OK. Throws where the header cannot be read.
std::vector<ReturnCode> AllReturnCodes();

// For test names and traces.
void PrintTo(const ReturnCode& code, std::ostream* out);

}  // namespace signet::testing
