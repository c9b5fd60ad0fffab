#include "terminal_client/options.h"

#include <cstdlib>

namespace signet::terminal {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string DefaultStateDir() {
  if (const std::string state = Environment("XDG_STATE_HOME"); !state.empty()) {
    return state + "/signet/terminal";
  }
  const std::string home = Environment("HOME");
  return home.empty() ? "" : home + "/.local/state/signet/terminal";
}

std::string DefaultAgentSocket() {
  const std::string runtime = Environment("XDG_RUNTIME_DIR");
  return runtime.empty() ? "" : runtime + "/signet/agent.sock";
}

}  // namespace signet::terminal
