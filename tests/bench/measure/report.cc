#include "tests/bench/measure/report.h"

#include <cmath>
#include <fstream>

#include "absl/strings/str_format.h"

namespace signet::bench {
namespace {

double Rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return 0;
  const double scale = std::pow(10, 3 - std::floor(std::log10(std::abs(value))));
  return std::abs(value) >= 1000 ? std::round(value) : std::round(value * scale) / scale;
}

}  // namespace

absl::StatusOr<Report> Report::Load(const std::string& path) {
  Report report(path);
  std::ifstream file(path);
  if (!file) return report;
  report.figures_ = nlohmann::ordered_json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (!report.figures_.is_object()) {
    return absl::InvalidArgumentError(path + " is not a JSON object; remove it");
  }
  for (const auto& [key, value] : report.figures_.items()) {
    if (!value.is_number()) return absl::InvalidArgumentError(path + ": " + key + " is no number");
  }
  return report;
}

void Report::Set(const std::string& key, double value) { figures_[key] = Rounded(value); }

std::optional<double> Report::Find(const std::string& key) const {
  const auto found = figures_.find(key);
  if (found == figures_.end()) return std::nullopt;
  return found->get<double>();
}

void Report::SetRatio(const std::string& key, double value, const std::string& to_key) {
  if (const auto to = Find(to_key); to && *to != 0) Set(key, value / *to);
}

absl::Status Report::Save() const {
  std::ofstream file(path_);
  file << figures_.dump(2) << "\n";
  file.close();
  return file ? absl::OkStatus() : absl::InternalError("cannot write " + path_);
}

std::string Report::Table() const {
  std::string table;
  for (const auto& [key, value] : figures_.items()) {
    absl::StrAppendFormat(&table, "  %-36s %12.6g\n", key, value.get<double>());
  }
  return table;
}

}  // namespace signet::bench
