// How a program's options are found besides its flags: SIGNET_… in the environment and the keys of
// a configuration file. CLI11 by itself lets the file win over the environment, reads TOML loosely
// and ignores unknown keys; this makes it as program.h says.
#pragma once

namespace CLI {
class App;
}

namespace signet::serving {

// Gives every option that takes a value, and every flag of the program itself, the environment
// variable SIGNET_<LONG NAME>, unless it has one; adds --config (SIGNET_CONFIG) unless there is
// one, and installs the strict reader of that file. A key at the top of the file is an option of
// the program or of the subcommand that runs; [name] holds the options of that subcommand alone.
void BindEnvironmentAndConfig(CLI::App& app);

}  // namespace signet::serving
