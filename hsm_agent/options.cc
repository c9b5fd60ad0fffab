#include "hsm_agent/options.h"

#include "CLI/CLI.hpp"

namespace signet::hsm_agent {
namespace {

void AddTokenOptions(CLI::App& app, Options& options) {
  app.add_option("--pkcs11-module", options.module_path,
                 "the hardware module's PKCS#11 library, such as /usr/lib/softhsm/libsofthsm2.so")
      ->required();
  app.add_option("--token-label", options.token_label, "label of the device's token")->required();
}

void AddStateOption(CLI::App& app, Options& options) {
  app.add_option("--state-dir", options.state_dir,
                 "folder of the agent's journal; made with mode 0700")
      ->required();
}

void AddOfficerOption(CLI::App& app, Options& options) {
  app.add_option("--so-pin-file", options.so_pin_file,
                 "file whose one line is the security officer's PIN (mode 0600)")
      ->required();
}

void AddRunOptions(CLI::App& app, Options& options) {
  AddTokenOptions(app, options);
  AddStateOption(app, options);
  app.add_option("--socket-dir", options.socket_dir,
                 "folder of the socket agent.sock; made with mode 0700")
      ->required();
  app.add_option("--device-ca", options.device_ca,
                 "the operator's device CA (PEM), obtained from the operator; needed to enroll");
  CLI::Option* const file = app.add_option("--pin-file", options.pin_file,
                                           "file whose one line is the PIN (mode 0600); for tests "
                                           "and servers");
  CLI::Option* const program =
      app.add_option("--pinentry", options.pinentry,
                     "program that asks the person for the PIN, such as pinentry-curses");
  file->excludes(program);
  app.add_option("--pinentry-tty", options.pinentry_tty,
                 "terminal of a text pinentry; the agent's own where it has one");
  app.add_option("--ready-file", options.ready_file, "written when the agent serves");
}

}  // namespace

Commands RegisterOptions(CLI::App& app, Options& options) {
  Commands commands;
  commands.init = app.add_subcommand("init", "Initialize the device's token, once");
  AddTokenOptions(*commands.init, options);
  AddStateOption(*commands.init, options);
  AddOfficerOption(*commands.init, options);
  commands.init
      ->add_option("--pin-file", options.pin_file,
                   "file whose one line is the new PIN, 4 to 12 characters (mode 0600)")
      ->required();
  commands.run = app.add_subcommand("run", "Serve the terminal on this device");
  AddRunOptions(*commands.run, options);
  commands.unblock = app.add_subcommand(
      "unblock",
      "Allow the PIN to be tried again, by the security officer; the agent must not run");
  AddTokenOptions(*commands.unblock, options);
  AddStateOption(*commands.unblock, options);
  AddOfficerOption(*commands.unblock, options);
  app.require_subcommand(1);
  return commands;
}

}  // namespace signet::hsm_agent
