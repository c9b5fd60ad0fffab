// What every signetctl command is told.
#pragma once

#include <string>

namespace signet::operator_cli {

struct Options {
  std::string platform;         // host:port
  std::string tls_certificate;  // PEM files of the operator
  std::string tls_key;
  std::string tls_roots;
  int timeout_s = 10;  // of each call
  bool json = false;
  bool quiet = false;
  bool no_color = false;
};

}  // namespace signet::operator_cli
