#include "tests/bench/measure/stack_usage.h"

#include <unistd.h>

#include "libs/base/status.h"
#include "tests/bench/measure/process_usage.h"

namespace signet::bench {

absl::StatusOr<StackUsage> StackUsage::Now(const StackFolder& stack) {
  StackUsage usage;
  SIGNET_ASSIGN_OR_RETURN(usage.cpu_seconds["bench"], CpuSeconds(getpid()));
  SIGNET_ASSIGN_OR_RETURN(usage.cpu_seconds["postgres"], CpuSecondsWithChildren(stack.postgres));
  for (const auto& [name, pid] : stack.services) {
    SIGNET_ASSIGN_OR_RETURN(usage.cpu_seconds[name], CpuSeconds(pid));
    SIGNET_ASSIGN_OR_RETURN(usage.resident_mb[name], ResidentMb(pid));
  }
  return usage;
}

}  // namespace signet::bench
