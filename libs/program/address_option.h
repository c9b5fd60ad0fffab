// Checks of options that are addresses, for CLI11's check(): gRPC takes nearly every text for an
// address, wraps ports over 65535 and reads a missing one as 443. Each returns nothing, or what is
// wrong with an example. Pure.
#pragma once

#include <string>

namespace signet::serving {

// HOST:PORT, [IPV6]:PORT (port 0 takes any) or unix:PATH.
std::string CheckListenAddress(const std::string& address);
// The same without unix:PATH, for the admin port.
std::string CheckAdminAddress(const std::string& address);
// Where a server is: HOST:PORT, [IPV6]:PORT, unix:PATH, or gRPC's dns:///HOST:PORT,
// ipv4:A:PORT,B:PORT and ipv6:[A]:PORT,[B]:PORT.
std::string CheckServerAddress(const std::string& address);

}  // namespace signet::serving
