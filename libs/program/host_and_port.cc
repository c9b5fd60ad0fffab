#include "libs/program/host_and_port.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <system_error>

namespace signet::serving {

std::optional<HostAndPort> SplitHostAndPort(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  uint16_t number = 0;
  const char* const end = port.data() + port.size();
  const auto parsed = std::from_chars(port.data(), end, number);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == end;
  const bool is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  const bool is_host =
      !host.empty() && (is_bracketed || host.find_first_of(":[]") == std::string_view::npos);
  if (!is_number || !is_host) return std::nullopt;
  return HostAndPort{std::string(host), std::string(port)};
}

}  // namespace signet::serving
