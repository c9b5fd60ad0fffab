// signet-attacker: a malicious app, for tests and for ./dev demo. Exits 0 where every attack was
// withstood.
#include <cstdio>
#include <string>

#include "CLI/CLI.hpp"
#include "libs/base/money.h"
#include "libs/base/status.h"
#include "tests/attack/attacks.h"

namespace {

struct Options {
  std::string attack, device, other, gateway, server_ca;
  std::string amount = "1.00", payee = "corner-coffee";
};

absl::StatusOr<signet::attack::Observations> Run(const Options& options) {
  using signet::attack::DeviceAccess;
  SIGNET_ASSIGN_OR_RETURN(DeviceAccess device,
                          DeviceAccess::Open(options.device, options.gateway, options.server_ca));
  SIGNET_ASSIGN_OR_RETURN(const signet::Money money, signet::ParseMoney(options.amount, "EUR"));
  signet::attack::PaymentPlan plan{.amount = {}, .payee = options.payee};
  plan.amount.set_currency_code(money.currency_code);
  plan.amount.set_amount_minor(money.amount_minor);
  if (options.attack == "tamper") return signet::attack::Tamper(device, plan);
  if (options.attack == "replay") return signet::attack::Replay(device, plan);
  if (options.attack == "swap-amount") return signet::attack::SwapAmount(device, plan);
  if (options.attack == "swap-authorization")
    return signet::attack::SwapAuthorization(device, plan);
  if (options.attack == "swap-receipt") return signet::attack::SwapReceipt(device, plan);
  if (options.attack == "withhold-authorization")
    return signet::attack::WithholdAuthorization(device, plan);
  if (options.attack == "withhold-receipt") return signet::attack::WithholdReceipt(device, plan);
  SIGNET_ASSIGN_OR_RETURN(DeviceAccess other,
                          DeviceAccess::Open(options.other, options.gateway, options.server_ca));
  return signet::attack::ForeignChannel(device, other);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A malicious app on the phone", "signet-attacker");
  Options options;
  app.add_option("attack", options.attack)
      ->required()
      ->check(
          CLI::IsMember({"tamper", "replay", "foreign-channel", "swap-amount", "swap-authorization",
                         "swap-receipt", "withhold-authorization", "withhold-receipt"}));
  app.add_option("--device", options.device, "Folder of the device it runs on")->required();
  app.add_option("--other", options.other, "Folder of the other device (foreign-channel)");
  app.add_option("--gateway", options.gateway, "Address of the gateway")->required();
  app.add_option("--server-ca", options.server_ca, "CA of the gateway's certificate")->required();
  app.add_option("--amount", options.amount, "Amount in EUR");
  app.add_option("--payee", options.payee, "Handle of the payee");
  CLI11_PARSE(app, argc, argv);
  const auto observations = Run(options);
  if (!observations.ok()) {
    std::fprintf(stderr, "signet-attacker: %s\n", observations.status().ToString().c_str());
    return 1;
  }
  for (const std::string& line : *observations) std::printf("%s\n", line.c_str());
  return 0;
}
