// What a process has used so far, from /proc (proc(5)).
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace signet::bench {

// Of one line of /proc/PID/stat.
struct ProcessStat {
  pid_t parent = 0;
  double cpu_seconds = 0;           // user and system
  double children_cpu_seconds = 0;  // of children that ended and were waited for
};
// INVALID_ARGUMENT.
absl::StatusOr<ProcessStat> ParseStat(std::string_view line, double ticks_per_second);

// NOT_FOUND once it has ended.
absl::StatusOr<double> CpuSeconds(pid_t pid);
// With all its children, those that have ended included.
absl::StatusOr<double> CpuSecondsWithChildren(pid_t pid);
// Memory that is resident (VmRSS), in MiB. NOT_FOUND.
absl::StatusOr<double> ResidentMb(pid_t pid);

}  // namespace signet::bench
