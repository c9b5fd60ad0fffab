// signet-agent: the only code on the device that touches the hardware module.
#include "CLI/CLI.hpp"
#include "hsm_agent/options.h"
#include "hsm_agent/server.h"
#include "hsm_agent/token_setup.h"
#include "libs/program/program.h"
#include "libs/serving/lifecycle.h"

int main(int argc, char** argv) {
  signet::serving::BlockShutdownSignals();
  CLI::App app("The agent of a Signet device: alone with the hardware module", "signet-agent");
  signet::hsm_agent::Options options;
  const signet::hsm_agent::Commands commands = signet::hsm_agent::RegisterOptions(app, options);
  const auto body = [&] {
    if (commands.init->parsed()) return signet::hsm_agent::InitializeToken(options);
    if (commands.unblock->parsed()) return signet::hsm_agent::UnblockPin(options);
    return signet::hsm_agent::RunAgent(options);
  };
  const auto check = [&] {
    if (commands.init->parsed()) return signet::hsm_agent::CheckInitialize(options);
    if (commands.unblock->parsed()) return signet::hsm_agent::CheckUnblock(options);
    return signet::hsm_agent::CheckAgent(options);
  };
  return signet::serving::RunProgram(app, argc, argv, body, check);
}
