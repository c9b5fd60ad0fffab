#include "libs/program/address_option.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace signet::serving {
namespace {

constexpr int kMaxPort = 65'535;

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool IsPort(std::string_view text, int lowest) {
  int port = -1;
  const char* const end = text.data() + text.size();
  const bool is_digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_digits && std::from_chars(text.data(), end, port).ec == std::errc() && port >= lowest &&
         port <= kMaxPort;
}

bool IsIp(int family, std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(family, std::string(text).c_str(), bytes.data()) == 1;
}

// In brackets; a zone may follow the address (RFC 4007, 11).
bool IsBracketedIpv6(std::string_view host) {
  if (!TakePrefix(host, "[") || host.empty() || host.back() != ']') return false;
  host.remove_suffix(1);
  return IsIp(AF_INET6, host.substr(0, host.find('%')));
}

bool IsHost(std::string_view host) {
  return IsBracketedIpv6(host) ||
         (!host.empty() && host.find_first_of(":/,@[]% \t\n") == std::string_view::npos);
}

template <typename IsTheHost>
bool IsHostAndPort(std::string_view text, int lowest_port, const IsTheHost& is_host) {
  const size_t colon = text.rfind(':');
  return colon != std::string_view::npos && is_host(text.substr(0, colon)) &&
         IsPort(text.substr(colon + 1), lowest_port);
}

template <typename IsTheHost>
bool AreHostsAndPorts(std::string_view list, const IsTheHost& is_host) {
  while (true) {
    const size_t comma = list.find(',');
    if (!IsHostAndPort(list.substr(0, comma), 1, is_host)) return false;
    if (comma == std::string_view::npos) return true;
    list.remove_prefix(comma + 1);
  }
}

bool IsServer(std::string_view text) {
  if (TakePrefix(text, "unix:")) return !text.empty();
  if (TakePrefix(text, "ipv4:")) {
    return AreHostsAndPorts(text, [](std::string_view host) { return IsIp(AF_INET, host); });
  }
  if (TakePrefix(text, "ipv6:")) return AreHostsAndPorts(text, IsBracketedIpv6);
  // A name server may stand between the slashes.
  if (TakePrefix(text, "dns://")) {
    const size_t slash = text.find('/');
    if (slash == std::string_view::npos) return false;
    text.remove_prefix(slash + 1);
  } else {
    TakePrefix(text, "dns:");
  }
  return IsHostAndPort(text, 1, IsHost);
}

std::string Wrong(const std::string& address, const std::string& expected) {
  return "\"" + address + "\" is not " + expected;
}

}  // namespace

std::string CheckListenAddress(const std::string& address) {
  std::string_view path = address;
  if (TakePrefix(path, "unix:") && !path.empty()) return "";
  return CheckAdminAddress(address);
}

std::string CheckAdminAddress(const std::string& address) {
  if (IsHostAndPort(address, 0, IsHost)) return "";
  return Wrong(address, "HOST:PORT with a port from 0 (any) to 65535, such as 127.0.0.1:7443");
}

std::string CheckServerAddress(const std::string& address) {
  if (IsServer(address)) return "";
  return Wrong(address, "HOST:PORT with a port from 1 to 65535, such as localhost:7443");
}

}  // namespace signet::serving
