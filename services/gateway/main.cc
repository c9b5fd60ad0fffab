// signet-gateway: the edge that devices talk to.
#include "CLI/CLI.hpp"
#include "libs/program/program.h"
#include "libs/serving/lifecycle.h"
#include "services/gateway/server.h"

int main(int argc, char** argv) {
  signet::serving::BlockShutdownSignals();
  CLI::App app("Admits enrolled devices and routes their sealed messages, which it cannot read.",
               "signet-gateway");
  signet::gateway::GatewayOptions options;
  signet::gateway::RegisterOptions(app, options);
  return signet::serving::RunProgram(
      app, argc, argv, [&] { return signet::gateway::RunGateway(options); },
      [&] { return signet::gateway::CheckFiles(options); });
}
