// The command line of signet-agent.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace signet::hsm_agent {

struct Options {
  std::string state_dir;
  std::string socket_dir;
  std::string module_path;
  std::string token_label;
  std::string device_ca;
  std::string pin_file;
  std::string pinentry;
  std::string pinentry_tty;
  std::string so_pin_file;
  std::string ready_file;
};

struct Commands {
  CLI::App* init = nullptr;
  CLI::App* run = nullptr;
  CLI::App* unblock = nullptr;
};
Commands RegisterOptions(CLI::App& app, Options& options);

}  // namespace signet::hsm_agent
