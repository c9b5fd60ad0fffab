#include "libs/rpc/grpc_log.h"

#include <cstdlib>
#include <mutex>
#include <utility>

#include "grpc/support/log.h"

namespace signet::rpc {
namespace {

// gRPC takes a plain function without data, so its sink can only be here. It is never destroyed:
// gRPC's threads may log until the process is gone.
std::function<void(const std::string&)>* sink_of_process = nullptr;

void Forward(gpr_log_func_args* args) {
  if (args->severity != GPR_LOG_SEVERITY_ERROR) return;
  if (*sink_of_process) (*sink_of_process)(args->message);
}

}  // namespace

void RouteGrpcErrors(std::function<void(const std::string& message)> sink) {
  static std::once_flag once;
  std::call_once(once, [&sink] {
    if (std::getenv("GRPC_VERBOSITY") != nullptr) return;
    sink_of_process = new std::function<void(const std::string&)>(std::move(sink));
    gpr_set_log_function(Forward);
  });
}

}  // namespace signet::rpc
