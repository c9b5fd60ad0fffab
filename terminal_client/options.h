// What every command of the terminal is told.
#pragma once

#include <chrono>
#include <string>

#include "libs/cli/command_line.h"

namespace signet::terminal {

struct Options {
  std::string agent_socket;        // the agent's Unix socket
  std::string gateway;             // host:port for devices
  std::string enrollment_gateway;  // host:port for enrollment
  std::string server_ca;           // PEM; who signed the gateway's certificate
  std::string state_dir;           // this terminal's own keys, certificates and receipts
  int timeout_s = 10;              // of each call to the gateway
  std::string traceparent;         // W3C Trace Context; empty for none
  cli::Telling telling;

  std::chrono::milliseconds timeout() const { return std::chrono::seconds(timeout_s); }
};

// $XDG_STATE_HOME/signet/terminal, else ~/.local/state/signet/terminal; empty without a home.
std::string DefaultStateDir();
// $XDG_RUNTIME_DIR/signet/agent.sock; empty where there is no such folder.
std::string DefaultAgentSocket();

}  // namespace signet::terminal
