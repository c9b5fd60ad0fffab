// The gateway as its operator runs it: the shipped program in a process of its own.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace signet::testing {

class GatewayProcess {
 public:
  // Starts it with the arguments and waits until it says that it serves, or has ended.
  GatewayProcess(const std::string& folder, std::vector<std::string> arguments);
  ~GatewayProcess();  // Stop()
  GatewayProcess(const GatewayProcess&) = delete;
  GatewayProcess& operator=(const GatewayProcess&) = delete;

  // "listen", "enrollment" or "admin"; empty where it never served.
  std::string Address(const std::string& name) const;
  // SIGTERM, and the exit code.
  int Stop();

 private:
  pid_t pid_ = -1;
  int exit_code_ = -1;
  std::map<std::string, std::string> addresses_;
};

}  // namespace signet::testing
