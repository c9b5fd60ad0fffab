#include "hsm_agent/server.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/security/server_credentials.h"
#include "hsm_agent/agent.h"
#include "hsm_agent/agent_folder.h"
#include "hsm_agent/device_agent_service.h"
#include "hsm_agent/device_ca.h"
#include "hsm_agent/module/device_token.h"
#include "hsm_agent/pin/child_process.h"
#include "hsm_agent/pin/pin_file.h"
#include "hsm_agent/pin/pinentry.h"
#include "libs/base/status.h"
#include "libs/program/log.h"
#include "libs/program/program.h"
#include "libs/rpc/server.h"
#include "libs/serving/executor.h"
#include "libs/serving/lifecycle.h"
#include "libs/serving/listener_watch.h"

namespace signet::hsm_agent {
namespace {

constexpr size_t kQueueLimit = 16;
constexpr std::chrono::seconds kShutdownGrace(2);

// The PIN is in this process's memory for moments: no core file, no debugger, no /proc/<pid>/mem
// for other processes of the user.
void KeepMemoryPrivate() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  umask(077);
}

std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string OwnTerminal() {
  const char* const name = ttyname(STDIN_FILENO);
  return name == nullptr ? Environment("GPG_TTY") : name;
}

absl::StatusOr<std::unique_ptr<PinEntry>> MakePinEntry(const Options& options) {
  if (!options.pin_file.empty()) {
    // Refused now, not at the first payment. The PIN itself is read when it is needed.
    SIGNET_RETURN_IF_ERROR(ReadPinFile(options.pin_file).status());
    return std::unique_ptr<PinEntry>(std::make_unique<PinFile>(options.pin_file));
  }
  if (options.pinentry.empty()) {
    return serving::WithExitCode(
        absl::InvalidArgumentError("give --pinentry PROGRAM or --pin-file FILE"),
        serving::ExitCode::kUsage);
  }
  if (absl::Status there = ChildProcess::Check(options.pinentry); !there.ok()) {
    return serving::WithExitCode(there, serving::ExitCode::kUsage);
  }
  PinentryOptions pinentry;
  pinentry.program = options.pinentry;
  pinentry.tty_name = options.pinentry_tty.empty() ? OwnTerminal() : options.pinentry_tty;
  pinentry.tty_type = Environment("TERM");
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (pinentry.lc_ctype.empty()) pinentry.lc_ctype = Environment(name);
  }
  return std::unique_ptr<PinEntry>(std::make_unique<Pinentry>(std::move(pinentry)));
}

absl::StatusOr<std::string> SocketPath(const Options& options) {
  std::string path = absl::StrCat(options.socket_dir, "/agent.sock");
  if (path.size() < sizeof(sockaddr_un::sun_path)) return path;
  return serving::WithExitCode(
      absl::InvalidArgumentError(absl::StrCat("the socket's path ", path, " is longer than ",
                                              sizeof(sockaddr_un::sun_path) - 1,
                                              " bytes; use a shorter --socket-dir")),
      serving::ExitCode::kUsage);
}

// The folders, locked for this process.
struct Folders {
  std::optional<FolderLock> state;
  std::optional<FolderLock> socket;
};

absl::StatusOr<Folders> TakeFolders(const Options& options) {
  SIGNET_RETURN_IF_ERROR(MakeAgentFolder(options.state_dir));
  SIGNET_RETURN_IF_ERROR(MakeAgentFolder(options.socket_dir));
  Folders folders;
  SIGNET_ASSIGN_OR_RETURN(folders.state, LockAgentFolder(options.state_dir));
  std::error_code error;
  if (!std::filesystem::equivalent(options.state_dir, options.socket_dir, error)) {
    SIGNET_ASSIGN_OR_RETURN(folders.socket, LockAgentFolder(options.socket_dir));
  }
  return folders;
}

absl::Status ServeUntilShutdown(Agent& agent, const std::string& socket_path,
                                const std::string& ready_file) {
  serving::Executor executor(1, kQueueLimit);
  DeviceAgentService service(agent, executor);
  rpc::ListenerOptions listener;
  listener.address = "unix:" + socket_path;
  // No network and no TLS: the folder keeps everybody else out.
  listener.credentials = grpc::InsecureServerCredentials();
  SIGNET_ASSIGN_OR_RETURN(rpc::RunningServer running, rpc::StartServer(listener, {&service}));
  const absl::Status announced =
      serving::AnnounceReady(ready_file, absl::StrCat("socket=", socket_path, "\n"));
  if (announced.ok()) {
    serving::LogInfo("listening", {{"socket", socket_path}});
    const serving::ListenerWatch watch(serving::OwnListeners(), /*metrics=*/nullptr);
    serving::WaitForShutdown();
    serving::LogInfo("stopping");
  }
  rpc::DrainServer(running, kShutdownGrace);
  executor.Stop();
  return announced;
}

}  // namespace

absl::Status RunAgent(const Options& options) {
  KeepMemoryPrivate();
  SIGNET_ASSIGN_OR_RETURN(const std::string socket_path, SocketPath(options));
  SIGNET_ASSIGN_OR_RETURN(const Folders folders, TakeFolders(options));
  SIGNET_ASSIGN_OR_RETURN(StateFile state, StateFile::Open(options.state_dir));
  SIGNET_ASSIGN_OR_RETURN(std::unique_ptr<PinEntry> pin_entry, MakePinEntry(options));
  absl::StatusOr<std::string> device_ca = ReadDeviceCa(options.device_ca);
  if (!device_ca.ok()) return serving::WithExitCode(device_ca.status(), serving::ExitCode::kUsage);
  absl::StatusOr<DeviceToken> token = DeviceToken::Open(options.module_path, options.token_label);
  if (!token.ok()) {
    return serving::WithExitCode(token.status(), serving::ExitCode::kHardwareModule);
  }
  const SystemClock clock;
  Agent agent(std::move(state), *std::move(token), std::move(pin_entry), *std::move(device_ca),
              clock);
  return ServeUntilShutdown(agent, socket_path, options.ready_file);
}

absl::Status CheckAgent(const Options& options) {
  SIGNET_RETURN_IF_ERROR(SocketPath(options).status());
  SIGNET_RETURN_IF_ERROR(MakePinEntry(options).status());
  SIGNET_RETURN_IF_ERROR(ReadDeviceCa(options.device_ca).status());
  return pkcs11::Module::Check(options.module_path);
}

}  // namespace signet::hsm_agent
