#include "libs/program/error_details.h"

#include <map>

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"
#include "libs/program/json_text.h"
#include "libs/program/program.h"

namespace signet::serving {
namespace {

constexpr char kPrefix[] = "signet/error-detail/";

}  // namespace

absl::Status WithDetail(absl::Status error, const std::string& name, const std::string& value) {
  if (!value.empty()) error.SetPayload(kPrefix + name, absl::Cord(value));
  return error;
}

std::string DetailOf(const absl::Status& error, const std::string& name) {
  const absl::optional<absl::Cord> payload = error.GetPayload(kPrefix + name);
  return payload.has_value() ? std::string(*payload) : "";
}

std::string ErrorJson(const absl::Status& error) {
  std::map<std::string, std::string> details;
  error.ForEachPayload([&details](absl::string_view url, const absl::Cord& value) {
    const std::string name(url);
    if (name.rfind(kPrefix, 0) == 0) details[name.substr(sizeof(kPrefix) - 1)] = std::string(value);
  });
  std::string json = R"({"error":{"code":)";
  AppendJsonString(json, absl::StatusCodeToString(error.code()));
  json += R"(,"message":)";
  AppendJsonString(json, std::string(error.message()));
  json += R"(,"exitCode":)" + std::to_string(static_cast<int>(ExitCodeOf(error)));
  for (const auto& [name, value] : details) {
    json += ',';
    AppendJsonString(json, name);
    json += ':';
    AppendJsonString(json, value);
  }
  return json + "}}";
}

}  // namespace signet::serving
