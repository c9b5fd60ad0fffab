#include "libs/serving/metrics.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "libs/serving/process_metrics.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace signet::serving {
namespace {

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void Increment(double by) override { counter_.Increment(by); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void Set(double value) override { gauge_.Set(value); }

 private:
  prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void Observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

using ChildKey = std::pair<std::string, Labels>;
template <typename Child>
using Children = std::map<ChildKey, std::unique_ptr<Child>>;

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  absl::Mutex mutex;
  Children<PrometheusCounter> counters ABSL_GUARDED_BY(mutex);
  Children<PrometheusGauge> gauges ABSL_GUARDED_BY(mutex);
  Children<PrometheusHistogram> histograms ABSL_GUARDED_BY(mutex);
  absl::Mutex updates_mutex;  // an update adds to the above
  std::vector<std::function<void()>> updates ABSL_GUARDED_BY(updates_mutex);
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {
  AddGauge("signet_build_info", "1, with the version that runs", {{"version", SIGNET_VERSION}})
      .Set(1);
}
Metrics::~Metrics() = default;

Counter& Metrics::AddCounter(const std::string& name, const std::string& help,
                             const Labels& labels) {
  absl::MutexLock lock(&impl_->mutex);
  std::unique_ptr<PrometheusCounter>& child = impl_->counters[{name, labels}];
  if (child == nullptr) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry);
    child = std::make_unique<PrometheusCounter>(family.Add(labels));
  }
  return *child;
}

Gauge& Metrics::AddGauge(const std::string& name, const std::string& help, const Labels& labels) {
  absl::MutexLock lock(&impl_->mutex);
  std::unique_ptr<PrometheusGauge>& child = impl_->gauges[{name, labels}];
  if (child == nullptr) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
    child = std::make_unique<PrometheusGauge>(family.Add(labels));
  }
  return *child;
}

Histogram& Metrics::AddHistogram(const std::string& name, const std::string& help,
                                 std::vector<double> bounds, const Labels& labels) {
  absl::MutexLock lock(&impl_->mutex);
  std::unique_ptr<PrometheusHistogram>& child = impl_->histograms[{name, labels}];
  if (child == nullptr) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry);
    child = std::make_unique<PrometheusHistogram>(family.Add(labels, std::move(bounds)));
  }
  return *child;
}

void Metrics::BeforeSerialize(std::function<void()> update) {
  absl::MutexLock lock(&impl_->updates_mutex);
  impl_->updates.push_back(std::move(update));
}

std::string Metrics::Serialize() const {
  {
    absl::MutexLock lock(&impl_->updates_mutex);
    for (const std::function<void()>& update : impl_->updates) update();
  }
  std::vector<prometheus::MetricFamily> families = impl_->registry.Collect();
  std::vector<prometheus::MetricFamily> process = CollectProcessMetrics();
  families.insert(families.end(), std::make_move_iterator(process.begin()),
                  std::make_move_iterator(process.end()));
  return prometheus::TextSerializer().Serialize(families);
}

std::vector<double> LatencyBounds() {
  return {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
          0.05,    0.1,    0.25,    0.5,    1,     2.5,    5,     10};
}

}  // namespace signet::serving
