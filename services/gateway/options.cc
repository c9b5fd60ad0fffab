#include "services/gateway/options.h"

#include <functional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/numbers.h"
#include "libs/program/address_option.h"
#include "libs/serving/tls_options.h"

namespace signet::gateway {
namespace {

void RegisterAddresses(CLI::App& app, GatewayOptions& options) {
  app.add_option("--listen", options.listen, "HOST:PORT for enrolled devices; port 0 takes any")
      ->check(serving::CheckListenAddress)
      ->capture_default_str();
  app.add_option("--enrollment-listen", options.enrollment_listen,
                 "HOST:PORT for devices that enroll")
      ->check(serving::CheckListenAddress)
      ->capture_default_str();
  app.add_option("--crypto-address", options.crypto_address, "HOST:PORT of the crypto service")
      ->check(serving::CheckServerAddress)
      ->capture_default_str();
  serving::RegisterServiceOptions(app, options.service);
}

void RegisterFiles(CLI::App& app, GatewayOptions& options) {
  rpc::RegisterTlsOptions(app, options.tls);
  app.add_option("--device-ca", options.device_ca, "CA of the devices (PEM)")->required();
}

// CLI::Range takes NaN, and CLI::PositiveNumber says its limits in 300 digits.
std::function<std::string(const std::string&)> From(const std::string& lowest) {
  return [lowest](const std::string& text) {
    double number = 0;
    const bool is_number = absl::SimpleAtod(text, &number);
    const bool is_within = number >= std::stod(lowest) && number <= 1e9;
    return is_number && is_within
               ? std::string()
               : "\"" + text + "\" is not a number from " + lowest + " to 1000000000";
  };
}

void RegisterLimit(CLI::App& app, const std::string& name, const std::string& whose,
                   RateLimit& limit) {
  app.add_option("--" + name + "-rate", limit.per_second, "calls a second " + whose)
      ->check(From("0.0001"))
      ->capture_default_str();
  app.add_option("--" + name + "-burst", limit.burst, "calls at once " + whose)
      ->check(From("1"))
      ->capture_default_str();
}

void RegisterLimits(CLI::App& app, GatewayOptions& options) {
  RegisterLimit(app, "device", "of one device", options.device);
  RegisterLimit(app, "enrollment-peer", "to enroll, of one network", options.enrollment_peer);
  RegisterLimit(app, "enrollment-total", "to enroll, of all together", options.enrollment_total);
  app.add_option(
         "--max-under-way", options.max_under_way,
         "calls of devices under way at one time; a quarter is kept for confirmations of payments")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--max-enrollments-under-way", options.max_enrollments_under_way,
                 "calls to enroll under way at one time, besides those of devices")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--upstream-timeout-ms", options.upstream_timeout_ms,
                 "time the crypto service has for an answer")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
}

}  // namespace

void RegisterOptions(CLI::App& app, GatewayOptions& options) {
  RegisterAddresses(app, options);
  RegisterFiles(app, options);
  RegisterLimits(app, options);
}

}  // namespace signet::gateway
