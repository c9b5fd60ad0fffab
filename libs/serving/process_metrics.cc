#include "libs/serving/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

namespace signet::serving {
namespace {

prometheus::MetricFamily Family(std::string name, std::string help, prometheus::MetricType type,
                                double value) {
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return {std::move(name), std::move(help), type, {metric}};
}

std::string ReadAll(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Fields of /proc/self/stat from the third on; the second is the program's name in parentheses and
// may hold anything.
std::vector<std::string> StatFields() {
  const std::string stat = ReadAll("/proc/self/stat");
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(stat.substr(name_end + 1));
  return {std::istream_iterator<std::string>(rest), std::istream_iterator<std::string>()};
}

// Unix time at which the machine started: "btime" in /proc/stat.
double BootTimeSeconds() {
  std::ifstream file("/proc/stat");
  std::string word;
  while (file >> word) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

void AppendStat(std::vector<prometheus::MetricFamily>& out) {
  // proc(5) numbers the fields from 1: utime 14, stime 15, starttime 22, vsize 23, rss 24.
  constexpr size_t kFirst = 3;
  constexpr size_t kUtime = 14 - kFirst;
  constexpr size_t kStime = 15 - kFirst;
  constexpr size_t kStartTime = 22 - kFirst;
  constexpr size_t kVirtualSize = 23 - kFirst;
  constexpr size_t kResidentPages = 24 - kFirst;
  const std::vector<std::string> fields = StatFields();
  if (fields.size() <= kResidentPages) return;
  using prometheus::MetricType;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  out.push_back(Family("process_cpu_seconds_total", "User and system CPU time spent",
                       MetricType::Counter,
                       (std::stod(fields[kUtime]) + std::stod(fields[kStime])) / ticks));
  out.push_back(Family("process_start_time_seconds", "Unix time at which the process started",
                       MetricType::Gauge,
                       BootTimeSeconds() + std::stod(fields[kStartTime]) / ticks));
  out.push_back(Family("process_virtual_memory_bytes", "Virtual memory size", MetricType::Gauge,
                       std::stod(fields[kVirtualSize])));
  out.push_back(Family("process_resident_memory_bytes", "Resident memory size", MetricType::Gauge,
                       std::stod(fields[kResidentPages]) * page));
}

void AppendFileDescriptors(std::vector<prometheus::MetricFamily>& out) {
  using prometheus::MetricType;
  std::error_code error;
  const std::filesystem::directory_iterator open("/proc/self/fd", error);
  if (!error) {
    const auto count = std::distance(begin(open), end(open));
    out.push_back(Family("process_open_fds", "Open file descriptors", MetricType::Gauge,
                         static_cast<double>(count)));
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    out.push_back(Family("process_max_fds", "Most file descriptors that may be open",
                         MetricType::Gauge, static_cast<double>(limit.rlim_cur)));
  }
}

}  // namespace

std::vector<prometheus::MetricFamily> CollectProcessMetrics() {
  std::vector<prometheus::MetricFamily> out;
  AppendStat(out);
  AppendFileDescriptors(out);
  return out;
}

}  // namespace signet::serving
