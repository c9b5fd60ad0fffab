// signetctl: what an operator does with the platform.
#include "CLI/CLI.hpp"
#include "libs/program/program.h"
#include "operator_cli/command_line.h"

int main(int argc, char** argv) {
  CLI::App app("The operator's tool of Signet", "signetctl");
  signet::operator_cli::Options options;
  signet::operator_cli::Command chosen;
  signet::operator_cli::Register(app, options, chosen);
  return signet::serving::RunProgram(
      app, argc, argv, [&] { return signet::operator_cli::RunChosen(chosen, options); });
}
