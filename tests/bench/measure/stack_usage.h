// CPU and memory of every process of a stack, and of the load generator itself, at one moment.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/measure/stack_folder.h"

namespace signet::bench {

struct StackUsage {
  std::map<std::string, double>
      cpu_seconds;  // "bench", "gateway", "crypto", "platform", "postgres"
  std::map<std::string, double> resident_mb;  // "gateway", "crypto", "platform"

  static absl::StatusOr<StackUsage> Now(const StackFolder& stack);
};

}  // namespace signet::bench
