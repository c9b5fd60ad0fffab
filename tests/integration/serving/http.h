// HTTP requests to a server on this machine, written by hand: also those that no client would make.
#pragma once

#include <string>
#include <vector>

namespace signet::testing {

// address: "127.0.0.1:PORT" or "[::1]:PORT"; request_line: "GET /livez". The whole answer, headers
// included; empty where nobody listens.
std::string AskHttp(const std::string& address, const std::string& request_line);

// Sockets that are connected there, non-blocking, to be closed by the caller.
std::vector<int> ConnectMany(const std::string& address, int count);

}  // namespace signet::testing
