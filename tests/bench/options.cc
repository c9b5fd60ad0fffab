#include "tests/bench/options.h"

#include "tests/bench/phases/phases.h"

namespace signet::bench {

void RegisterOptions(CLI::App& app, Options& options) {
  app.add_option("--stack", options.stack, "folder of a running stack (tools/dev/stack.sh up)")
      ->required();
  app.add_option("--report", options.report, "JSON file that the figures are added to")
      ->capture_default_str();
  app.add_option("--phases", options.phases, "what to do, in this order")
      ->required()
      ->delimiter(',')
      ->check(CLI::IsMember(Phases::Names()));
  app.add_option("--accounts", options.accounts, "accounts of a run")
      ->check(CLI::Range(100, 999'999))
      ->capture_default_str();
  app.add_option("--devices", options.devices, "devices that are enrolled")
      ->check(CLI::Range(1, 999'999))
      ->capture_default_str();
  app.add_option("--connections", options.connections, "devices that are online at a time")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--payments-per-device", options.payments_per_device,
                 "payments that a device makes until another takes its place")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--overload-connections", options.overload_connections,
                 "devices that are online at a time in the phase overload")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--crypto-in-flight", options.crypto_in_flight,
                 "payments under way in the phase crypto")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--ledger-in-flight", options.ledger_in_flight,
                 "payments under way in the phases ledger and growth")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds,
                 "measured time of a phase, after a fifth of it to warm up")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  app.add_option("--rate", options.rate_per_second,
                 "payments a second of the phases half, overload and steady, in place of half and "
                 "three times payments_per_second");
  app.add_option("--resends", options.resends,
                 "how often a call that found no server is sent again (phase steady)")
      ->check(CLI::Range(0, 10))
      ->capture_default_str();
  app.add_option("--growth-rows", options.growth_rows,
                 "payments that were stored before the phase growth");
  app.add_option("--pkcs11-module", options.pkcs11_module, "the server's module (phase crypto)")
      ->capture_default_str();
}

}  // namespace signet::bench
