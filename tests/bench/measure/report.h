// The figures of a run, in the order in which they were first set. Kept in a file, one JSON object
// of numbers, so that several programs add to it.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace signet::bench {

class Report {
 public:
  // What the file holds already, where there is one. INVALID_ARGUMENT where it is not a report.
  static absl::StatusOr<Report> Load(const std::string& path);

  // Three or four digits that count; more would be noise.
  void Set(const std::string& key, double value);
  std::optional<double> Find(const std::string& key) const;
  // value / what the key holds; nothing is set where the key is missing or 0.
  void SetRatio(const std::string& key, double value, const std::string& to_key);
  absl::Status Save() const;
  // A table for people.
  std::string Table() const;

 private:
  explicit Report(std::string path) : path_(std::move(path)) {}

  std::string path_;
  nlohmann::ordered_json figures_ = nlohmann::ordered_json::object();
};

}  // namespace signet::bench
