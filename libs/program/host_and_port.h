// HOST:PORT, taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signet::serving {

struct HostAndPort {
  std::string host;  // an IPv6 address without its brackets
  std::string port;  // 0 to 65535
};

// Nothing where the text is something else. An IPv6 address must be in brackets (RFC 3986, 3.2.2).
std::optional<HostAndPort> SplitHostAndPort(std::string_view text);

}  // namespace signet::serving
