// A program started by the agent, spoken to over one socket that is its standard input and output.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace signet::hsm_agent {

class ChildProcess {
 public:
  // program: a path, or a name found in PATH. It inherits nothing but the environment and standard
  // error. FAILED_PRECONDITION with the remedy where it cannot be
  // started.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const std::string& program);
  // NOT_FOUND, with the remedy, where Start would find no such program that it may run.
  static absl::Status Check(const std::string& program);
  // Closes the socket, which asks it to end; ends it after half a second.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int socket() const { return socket_; }

 private:
  ChildProcess(int socket, pid_t pid) : socket_(socket), pid_(pid) {}
  int socket_;
  pid_t pid_;
};

}  // namespace signet::hsm_agent
