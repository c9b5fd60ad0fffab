#include "tests/bench/measure/stack_folder.h"

#include <fstream>
#include <sstream>

#include "libs/base/status.h"

namespace signet::bench {
namespace {

absl::StatusOr<pid_t> ReadPid(const std::string& path) {
  std::ifstream file(path);
  pid_t pid = 0;
  if (!(file >> pid)) {
    return absl::FailedPreconditionError("no process ID in " + path + "; start the stack");
  }
  return pid;
}

}  // namespace

absl::StatusOr<StackFolder> StackFolder::Load(const std::string& path) {
  StackFolder stack;
  stack.path = path;
  std::ifstream file(path + "/stack.env");
  for (std::string line; std::getline(file, line);) {
    const size_t equals = line.find('=');
    const std::string key = line.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : line.substr(equals + 1);
    if (key == "GATEWAY") stack.gateway = value;
    if (key == "CRYPTO") stack.crypto = value;
    if (key == "PLATFORM") stack.platform = value;
  }
  if (stack.gateway.empty() || stack.crypto.empty() || stack.platform.empty()) {
    return absl::FailedPreconditionError("no stack runs in " + path +
                                         "; start one with tools/dev/stack.sh up");
  }
  for (const char* name : {"gateway", "crypto", "platform"}) {
    SIGNET_ASSIGN_OR_RETURN(stack.services[name], ReadPid(path + "/run/" + name + ".pid"));
  }
  SIGNET_ASSIGN_OR_RETURN(stack.postgres, ReadPid(path + "/postgres/data/postmaster.pid"));
  return stack;
}

rpc::TlsFiles StackFolder::CallAs(const std::string& who) const {
  const std::string folder = path + "/" + who;
  return {folder + "/tls.pem", folder + "/tls.key", folder + "/ca.pem"};
}

std::string StackFolder::database() const {
  return "host=" + path + "/postgres/socket user=signet dbname=signet";
}

absl::StatusOr<std::string> ReadTextFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return absl::NotFoundError("cannot read " + path);
  return text.str();
}

}  // namespace signet::bench
