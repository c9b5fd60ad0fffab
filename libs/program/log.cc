#include "libs/program/log.h"

#include <chrono>
#include <ctime>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "libs/program/json_text.h"
#include "spdlog/formatter.h"
#include "spdlog/logger.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace signet::serving {
namespace {

// RFC 3339 in UTC with milliseconds.
std::string Timestamp(std::chrono::system_clock::time_point time) {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, ms % 1000);
}

std::string_view LevelName(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::err:
      return "error";
    case spdlog::level::warn:
      return "warning";
    default:
      return "info";
  }
}

// The frame of a line; the payload is the members that Fields() has escaped.
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    std::string line = R"({"time":)";
    AppendJsonString(line, Timestamp(message.time));
    line += R"(,"level":)";
    AppendJsonString(line, LevelName(message.level));
    line += R"(,"service":)";
    AppendJsonString(line,
                     std::string_view(message.logger_name.data(), message.logger_name.size()));
    out.append(line.data(), line.data() + line.size());
    out.append(message.payload.data(), message.payload.data() + message.payload.size());
    constexpr std::string_view kEnd = "}\n";
    out.append(kEnd.data(), kEnd.data() + kEnd.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }
};

thread_local std::string_view current_trace_id;

// Which lines are written.
class Limiter {
 public:
  // How many of the event were left out since its last line; nothing where this one is, too.
  std::optional<int64_t> Admit(std::string_view event) {
    const int64_t second = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::steady_clock::now().time_since_epoch())
                               .count();
    absl::MutexLock lock(&mutex_);
    Lines& lines = events_[event];
    if (lines.second != second) {
      lines.second = second;
      lines.written = 0;
    }
    if (lines.written == kLinesASecond) {
      ++lines.left_out;
      return std::nullopt;
    }
    ++lines.written;
    return std::exchange(lines.left_out, 0);
  }

 private:
  struct Lines {
    int64_t second = 0;
    int written = 0;  // in that second
    int64_t left_out = 0;
  };
  absl::Mutex mutex_;
  // Events are literals of the program.
  std::map<std::string_view, Lines> events_ ABSL_GUARDED_BY(mutex_);
};

Limiter& ProcessLimiter() {
  static Limiter* const limiter = new Limiter();  // threads may log until the process is gone
  return *limiter;
}

std::string Fields(const char* event, LogFields fields, int64_t left_out) {
  std::string out = R"(,"event":)";
  AppendJsonString(out, event);
  if (left_out > 0) out += R"(,"left_out":)" + std::to_string(left_out);
  if (!current_trace_id.empty()) {
    out += R"(,"trace_id":)";
    AppendJsonString(out, current_trace_id);
  }
  for (const auto& [name, value] : fields) {
    out += ',';
    AppendJsonString(out, name);
    out += ':';
    std::visit(
        [&out](const auto& v) {
          using Value = std::decay_t<decltype(v)>;
          if constexpr (std::is_same_v<Value, bool>) {
            out += v ? "true" : "false";
          } else if constexpr (std::is_same_v<Value, int64_t>) {
            out += std::to_string(v);
          } else {
            AppendJsonString(out, std::string_view(v).substr(0, kMaxValueBytes));
          }
        },
        value);
  }
  return out;
}

std::shared_ptr<spdlog::logger> MakeLogger(const std::string& service) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>(service, std::move(sink));
  logger->set_formatter(std::make_unique<JsonFormatter>());
  logger->flush_on(spdlog::level::info);
  return logger;
}

// The one log of the process. Replaced once, by ConfigureLog, before there are other threads.
std::shared_ptr<spdlog::logger>& ProcessLog() {
  static std::shared_ptr<spdlog::logger> logger = MakeLogger("signet");
  return logger;
}

void Write(spdlog::level::level_enum level, const char* event, LogFields fields) {
  spdlog::logger& logger = *ProcessLog();
  if (!logger.should_log(level)) return;
  const std::optional<int64_t> left_out = ProcessLimiter().Admit(event);
  if (!left_out) return;
  const std::string payload = Fields(event, fields, *left_out);
  logger.log(level, spdlog::string_view_t(payload.data(), payload.size()));
}

}  // namespace

TraceScope::TraceScope(std::string_view trace_id) : before_(current_trace_id) {
  current_trace_id = trace_id;
}
TraceScope::~TraceScope() { current_trace_id = before_; }

void LogInfo(const char* event, LogFields fields) { Write(spdlog::level::info, event, fields); }
void LogWarning(const char* event, LogFields fields) { Write(spdlog::level::warn, event, fields); }
void LogError(const char* event, LogFields fields) { Write(spdlog::level::err, event, fields); }

void ConfigureLog(const std::string& service, const std::string& level) {
  auto logger = MakeLogger(service);
  if (level == "off") {
    logger->set_level(spdlog::level::off);
  } else if (level == "error") {
    logger->set_level(spdlog::level::err);
  } else if (level == "warning") {
    logger->set_level(spdlog::level::warn);
  } else {
    logger->set_level(spdlog::level::info);
  }
  ProcessLog() = std::move(logger);
}

}  // namespace signet::serving
