#include "services/crypto/hsm/hsm_metrics.h"

namespace signet::crypto {
namespace {

constexpr std::array<const char*, kHsmOperations> kNames = {"open",
                                                            "seal",
                                                            "sign_receipt",
                                                            "wrap_initial_key",
                                                            "issue_certificate",
                                                            "sign_enrollment_answer"};

}  // namespace

HsmMetrics::HsmMetrics(serving::Metrics& metrics)
    : up_(metrics.AddGauge("signet_hsm_up", "1 while the hardware module can be used")),
      reopens_(metrics.AddCounter("signet_hsm_reopens_total",
                                  "Times the module was finalized and opened anew")) {
  for (size_t i = 0; i < kHsmOperations; ++i) {
    auto count = [&](const char* result) {
      return &metrics.AddCounter("signet_hsm_operations_total", "Operations of the hardware module",
                                 {{"op", kNames[i]}, {"result", result}});
    };
    series_[i].ok = count("ok");
    series_[i].refused = count("refused");
    series_[i].error = count("error");
    series_[i].seconds =
        &metrics.AddHistogram("signet_hsm_operation_seconds", "Time in the hardware module",
                              serving::LatencyBounds(), {{"op", kNames[i]}});
  }
}

void HsmMetrics::Record(HsmOperation operation, const absl::Status& status,
                        std::chrono::steady_clock::duration took) {
  const Series& series = series_[static_cast<size_t>(operation)];
  series.seconds->Observe(std::chrono::duration<double>(took).count());
  if (status.ok()) {
    series.ok->Increment();
  } else if (absl::IsUnauthenticated(status)) {
    series.refused->Increment();
  } else {
    series.error->Increment();
  }
}

void HsmMetrics::SetUp(bool up) { up_.Set(up ? 1 : 0); }

void HsmMetrics::CountReopen() { reopens_.Increment(); }

}  // namespace signet::crypto
