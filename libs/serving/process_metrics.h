// The process_* metrics that every Prometheus client library offers, from /proc (proc(5)).
#pragma once

#include <vector>

#include "prometheus/metric_family.h"

namespace signet::serving {

// process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes,
// process_open_fds, process_max_fds, process_start_time_seconds. What cannot be read is left out.
std::vector<prometheus::MetricFamily> CollectProcessMetrics();

}  // namespace signet::serving
