// The command line of signet-bench.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace signet::bench {

struct Options {
  std::string stack;
  std::string report = "bench.json";
  std::vector<std::string> phases;
  size_t accounts = 100'000;
  size_t devices = 10'000;
  size_t connections = 96;
  int payments_per_device = 30;
  size_t overload_connections = 2'048;
  size_t crypto_in_flight = 256;
  size_t ledger_in_flight = 512;
  double seconds = 10;
  double rate_per_second = 0;
  int resends = 0;
  size_t growth_rows = 0;
  std::string pkcs11_module = "libsoftokn3.so";
};

void RegisterOptions(CLI::App& app, Options& options);

}  // namespace signet::bench
