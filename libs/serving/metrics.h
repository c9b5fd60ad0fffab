// Metrics of one process. Prometheus' types stay in this library.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace signet::serving {

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Increment(double by = 1) = 0;
};
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
};
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
};

using Labels = std::map<std::string, std::string>;

// Create every child at start, so that each series exists at zero. References stay valid as long as
// the registry. The same name and labels give the same child. Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Counter& AddCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& AddGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& AddHistogram(const std::string& name, const std::string& help,
                          std::vector<double> bounds, const Labels& labels = {});
  // Called before each Serialize: for what is looked up when it is asked for. Must not block.
  void BeforeSerialize(std::function<void()> update);
  // The text exposition format (version 0.0.4), process_* included.
  std::string Serialize() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Bounds in seconds for latencies from 50 µs to 10 s.
std::vector<double> LatencyBounds();

}  // namespace signet::serving
