// signet: the terminal. Carries sealed messages between the hardware module's agent and the
// gateway.
#include <cstdlib>

#include "CLI/CLI.hpp"
#include "libs/program/program.h"
#include "terminal_client/command_line.h"

int main(int argc, char** argv) {
  // An error is told once, by us; gRPC's own log is for who asks for it.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  CLI::App app("Signet's terminal: pay with the key in the hardware module", "signet");
  signet::terminal::Options options;
  signet::terminal::Command chosen;
  signet::terminal::Register(app, options, chosen);
  return signet::serving::RunProgram(app, argc, argv,
                                     [&] { return signet::terminal::RunChosen(chosen, options); });
}
