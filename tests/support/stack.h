// A whole Signet of a test's own: real binaries, real Postgres, real tokens, ports and folders of
// its own (tools/dev/stack.sh). Stopped and removed with this object.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace signet::testing {

class Stack {
 public:
  // pinentry: device → program that its agent asks for the PIN, in place of a PIN file.
  // replicas: of each service.
  explicit Stack(const std::map<std::string, std::string>& pinentry = {}, int replicas = 1);
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  // The terminal of a device ("alice" pays, "coffee" is paid), and the operator's tool.
  ProcessResult Terminal(const std::string& device, const std::vector<std::string>& arguments,
                         const Sinks& sinks = {}) const;
  ProcessResult Operator(const std::vector<std::string>& arguments, const Sinks& sinks = {}) const;
  // What tests/attack offers, as a malicious app on that device.
  ProcessResult Attack(const std::string& device, const std::vector<std::string>& arguments) const;

  // An address of stack.env: "GATEWAY", "PLATFORM_ADMIN", …
  std::string Address(const std::string& name) const;
  const std::string& dir() const { return dir_; }
  // SIGKILL to "platform", "crypto", "gateway", "agent-alice", …; then Start() starts what is not
  // running.
  void Kill(const std::string& process) const;
  void Start();
  // SIGTERM to each in turn, which must end with 0, and start it again where it listened.
  void Restart(const std::vector<std::string>& services) const;
  // Those that were killed; returns when they serve.
  void StartServices(const std::vector<std::string>& services) const;
  void StopPostgres() const;
  void StartPostgres() const;
  // One value from the database.
  std::string Sql(const std::string& query) const;

 private:
  void Services(const std::string& verb, const std::vector<std::string>& services) const;

  TempDir temp_;
  std::string dir_;
  std::map<std::string, std::string> pinentry_;
  const int replicas_;
};

}  // namespace signet::testing
