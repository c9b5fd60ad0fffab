#include "tests/bench/measure/process_usage.h"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace signet::bench {
namespace {

std::string ProcPath(pid_t pid, const char* file) { return absl::StrCat("/proc/", pid, "/", file); }

absl::StatusOr<ProcessStat> StatOf(pid_t pid) {
  std::ifstream file(ProcPath(pid, "stat"));
  std::string line;
  if (!std::getline(file, line)) return absl::NotFoundError(absl::StrCat("no process ", pid));
  return ParseStat(line, static_cast<double>(sysconf(_SC_CLK_TCK)));
}

}  // namespace

absl::StatusOr<ProcessStat> ParseStat(std::string_view line, double ticks_per_second) {
  // The name, second, may hold anything, parentheses and blanks included.
  const size_t name_end = line.rfind(')');
  if (name_end == std::string_view::npos) return absl::InvalidArgumentError("not a stat line");
  std::istringstream rest{std::string(line.substr(name_end + 1))};
  ProcessStat stat;
  std::string skipped;
  double user = 0, system = 0, children_user = 0, children_system = 0;
  rest >> skipped >> stat.parent;               // state, ppid
  for (int i = 0; i < 9; ++i) rest >> skipped;  // pgrp … cmajflt
  rest >> user >> system >> children_user >> children_system;
  if (!rest) return absl::InvalidArgumentError("a stat line with too few fields");
  stat.cpu_seconds = (user + system) / ticks_per_second;
  stat.children_cpu_seconds = (children_user + children_system) / ticks_per_second;
  return stat;
}

absl::StatusOr<double> CpuSeconds(pid_t pid) {
  SIGNET_ASSIGN_OR_RETURN(const ProcessStat stat, StatOf(pid));
  return stat.cpu_seconds;
}

absl::StatusOr<double> CpuSecondsWithChildren(pid_t pid) {
  SIGNET_ASSIGN_OR_RETURN(const ProcessStat parent, StatOf(pid));
  double seconds = parent.cpu_seconds + parent.children_cpu_seconds;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t child = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), child);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) continue;
    const auto stat = StatOf(child);  // it may just have ended
    if (stat.ok() && stat->parent == pid) seconds += stat->cpu_seconds;
  }
  return seconds;
}

absl::StatusOr<double> ResidentMb(pid_t pid) {
  std::ifstream file(ProcPath(pid, "status"));
  std::string word;
  while (file >> word) {
    double kib = 0;
    if (word == "VmRSS:" && file >> kib) return kib / 1024;
  }
  return absl::NotFoundError(absl::StrCat("no process ", pid));
}

}  // namespace signet::bench
