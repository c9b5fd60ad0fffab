// One HTTP request to a server on loopback.
#pragma once

#include <string>

namespace signet::testing {

// address: "127.0.0.1:PORT"; request_line: "GET /livez". The whole answer, headers included; empty
// where nobody listens.
std::string AskHttp(const std::string& address, const std::string& request_line);

}  // namespace signet::testing
