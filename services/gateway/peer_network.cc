#include "services/gateway/peer_network.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace signet::gateway {
namespace {

constexpr char kUnknown[] = "unknown";
constexpr size_t kIpv6NetworkBytes = 8;

std::string WithoutBrackets(std::string_view address) {
  std::string out;
  for (size_t i = 0; i < address.size(); ++i) {
    const std::string_view rest = address.substr(i, 3);
    if (rest == "%5B" || rest == "%5D" || rest == "%5b" || rest == "%5d") {
      i += 2;
    } else if (address[i] != '[' && address[i] != ']') {
      out += address[i];
    }
  }
  return out.substr(0, out.find('%'));  // a zone ("%25eth0") names our own interface
}

}  // namespace

std::string PeerNetwork(std::string_view peer) {
  const size_t scheme_end = peer.find(':');
  const size_t port_begin = peer.rfind(':');
  if (scheme_end == std::string_view::npos || port_begin <= scheme_end) return kUnknown;
  const std::string_view scheme = peer.substr(0, scheme_end);
  const std::string address =
      WithoutBrackets(peer.substr(scheme_end + 1, port_begin - scheme_end - 1));
  if (scheme == "ipv4") {
    in_addr parsed{};
    return inet_pton(AF_INET, address.c_str(), &parsed) == 1 ? address : kUnknown;
  }
  in6_addr parsed{};
  if (scheme != "ipv6" || inet_pton(AF_INET6, address.c_str(), &parsed) != 1) return kUnknown;
  if (IN6_IS_ADDR_V4MAPPED(&parsed) == 0) {
    std::fill(std::begin(parsed.s6_addr) + kIpv6NetworkBytes, std::end(parsed.s6_addr), uint8_t{0});
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, &parsed, text.data(), text.size());
  return text.data();
}

}  // namespace signet::gateway
