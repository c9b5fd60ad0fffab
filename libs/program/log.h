// Structured log: one JSON object a line on stderr, every value escaped. No secret and no payment
// content goes in. Whoever calls from outside cannot fill the disk: an event is logged at most
// kLinesASecond times a second, and its next line says how many were "left_out"; a value is cut at
// kMaxValueBytes. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace signet::serving {

inline constexpr int kLinesASecond = 20;
inline constexpr size_t kMaxValueBytes = 2048;

using LogValue = std::variant<std::string, int64_t, bool>;
using LogFields = std::initializer_list<std::pair<const char*, LogValue>>;

// {"time":"…","level":"info","service":"signet-gateway","event":"listening","address":"…"}
void LogInfo(const char* event, LogFields fields = {});
void LogWarning(const char* event, LogFields fields = {});
void LogError(const char* event, LogFields fields = {});

// While it lives, the lines that its thread logs carry that "trace_id"; none where it is empty. The
// text outlives it.
class TraceScope {
 public:
  explicit TraceScope(std::string_view trace_id);
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  const std::string_view before_;
};

// level: "info", "warning", "error", "off". Set once at start.
void ConfigureLog(const std::string& service, const std::string& level);

}  // namespace signet::serving
