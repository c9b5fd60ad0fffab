// The real program signet-agent, started and ended by a test.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "signet/device/v1/device_agent.grpc.pb.h"

namespace signet::hsm_agent {

class AgentProcess {
 public:
  // Runs `signet-agent run` with the arguments and waits until it serves. An error where it ended
  // before.
  static absl::StatusOr<std::unique_ptr<AgentProcess>> Start(
      const std::string& folder, const std::vector<std::string>& arguments,
      const std::map<std::string, std::string>& environment);
  ~AgentProcess();  // kills it
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;

  device::v1::DeviceAgent::Stub& stub() { return *stub_; }
  // SIGTERM; its exit code, or 128 + the signal that ended it.
  int Stop();
  // SIGKILL.
  void Kill();

 private:
  explicit AgentProcess(pid_t pid) : pid_(pid) {}
  int Wait();

  pid_t pid_;
  std::unique_ptr<device::v1::DeviceAgent::Stub> stub_;
};

}  // namespace signet::hsm_agent
