// What every signetctl command is told.
#pragma once

#include <string>

#include "libs/cli/command_line.h"

namespace signet::operator_cli {

struct Options {
  std::string platform;         // host:port
  std::string tls_certificate;  // PEM files of the operator
  std::string tls_key;
  std::string tls_roots;
  int timeout_s = 10;  // of each call
  cli::Telling telling;
};

}  // namespace signet::operator_cli
