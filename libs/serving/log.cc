#include "libs/serving/log.h"

#include <chrono>
#include <ctime>
#include <memory>
#include <string_view>
#include <type_traits>

#include "libs/serving/json_text.h"
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

std::string Fields(const char* event, LogFields fields) {
  std::string out = R"(,"event":)";
  AppendJsonString(out, event);
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
            AppendJsonString(out, v);
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
  const std::string payload = Fields(event, fields);
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
