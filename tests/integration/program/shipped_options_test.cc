// Every option of every program can be given in a configuration file: each default, written as TOML
// writes it, comes out as it went in.
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/numbers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hsm_agent/options.h"
#include "libs/program/program_options.h"
#include "operator_cli/command_line.h"
#include "services/crypto/options.h"
#include "services/gateway/options.h"
#include "services/payment_platform/options.h"
#include "terminal_client/command_line.h"
#include "tests/support/process.h"

namespace signet::serving {
namespace {

// The options live as long as the program that they belong to.
template <typename Options>
std::function<void(CLI::App&)> With(void (*add)(CLI::App&, Options&)) {
  return [add, options = std::make_shared<Options>()](CLI::App& app) { add(app, *options); };
}

struct Program {
  std::string name;
  std::function<void(CLI::App&)> add_options;
};

std::vector<Program> AllPrograms() {
  return {
      {"signet-gateway", With<gateway::GatewayOptions>(gateway::RegisterOptions)},
      {"signet-crypto", With<crypto::Options>([](CLI::App& app, crypto::Options& options) {
         crypto::RegisterOptions(app, options);
       })},
      {"signet-platform",
       With<payment_platform::PlatformOptions>(
           [](CLI::App& app, payment_platform::PlatformOptions& options) {
             payment_platform::RegisterRunOptions(*app.add_subcommand("run"), options);
             payment_platform::RegisterDatabaseOption(*app.add_subcommand("migrate"), options);
           })},
      {"signet-agent", With<hsm_agent::Options>([](CLI::App& app, hsm_agent::Options& options) {
         hsm_agent::RegisterOptions(app, options);
       })},
      {"signet", With<terminal::Options>([](CLI::App& app, terminal::Options& options) {
         static terminal::Command chosen;
         terminal::Register(app, options, chosen);
       })},
      {"signetctl", With<operator_cli::Options>([](CLI::App& app, operator_cli::Options& options) {
         static operator_cli::Command chosen;
         operator_cli::Register(app, options, chosen);
       })},
  };
}

std::string Toml(const std::string& text) {
  int64_t whole = 0;
  double number = 0;
  const bool is_bare = absl::SimpleAtoi(text, &whole) || absl::SimpleAtod(text, &number) ||
                       text == "true" || text == "false";
  return is_bare ? text : "\"" + text + "\"";
}

// Calls with each of the program's apps and the way to it ({"account", "create"}).
void ForEachApp(CLI::App& app, const std::vector<std::string>& way,
                const std::function<void(CLI::App&, const std::vector<std::string>&)>& call) {
  call(app, way);
  for (CLI::App* inner : app.get_subcommands([](CLI::App*) { return true; })) {
    std::vector<std::string> further = way;
    further.push_back(inner->get_name());
    ForEachApp(*inner, further, call);
  }
}

// What is required besides is not what is tried here.
void RequireNothing(CLI::App& program) {
  ForEachApp(program, {}, [](CLI::App& app, const std::vector<std::string>& /*way*/) {
    app.require_subcommand(0);
    for (CLI::Option* option : app.get_options()) option->required(false);
  });
}

// One program's defaults, command by command; returns how many there were.
int TryDefaults(const Program& program, const std::string& file) {
  std::vector<std::vector<std::string>> ways;
  CLI::App described("", program.name);
  program.add_options(described);
  ForEachApp(described, {},
             [&](CLI::App& /*app*/, const std::vector<std::string>& way) { ways.push_back(way); });
  int tried = 0;
  for (const std::vector<std::string>& way : ways) {
    CLI::App app("", program.name);
    program.add_options(app);
    BindEnvironmentAndConfig(app);
    RequireNothing(app);
    CLI::App* command = &app;
    std::string text;
    std::string table;
    for (const std::string& name : way) {
      command = command->get_subcommand(name);
      table += (table.empty() ? "" : ".") + name;
    }
    if (!table.empty()) text = "[" + table + "]\n";
    std::vector<CLI::Option*> given;
    for (CLI::Option* option : command->get_options()) {
      const bool has_key = option->get_configurable() && !option->get_lnames().empty();
      if (!has_key || option->get_default_str().empty()) continue;
      text += option->get_lnames().front() + " = " + Toml(option->get_default_str()) + "\n";
      given.push_back(option);
    }
    testing::WriteFile(file, text);
    std::vector<std::string> arguments(way.rbegin(), way.rend());  // CLI11 wants them backwards
    arguments.push_back("--config=" + file);
    try {
      app.parse(arguments);
    } catch (const CLI::Error& error) {
      ADD_FAILURE() << program.name << " " << table << ": " << error.what() << "\n" << text;
      continue;
    }
    for (const CLI::Option* option : given) {
      EXPECT_THAT(option->results(), ::testing::ElementsAre(option->get_default_str()))
          << program.name << " " << table << " " << option->get_name();
      ++tried;
    }
  }
  return tried;
}

TEST(ShippedOptionsTest, EveryDefaultRoundTripsThroughAConfigurationFile) {
  const testing::TempDir folder;
  int tried = 0;
  for (const Program& program : AllPrograms()) {
    tried += TryDefaults(program, folder.path() + "/signet.toml");
  }
  EXPECT_GT(tried, 40);
}

TEST(ShippedOptionsTest, AFloatIsTakenAsItIsWritten) {
  const testing::TempDir folder;
  const std::string file = folder.path() + "/signet.toml";
  testing::WriteFile(file, "enrollment-peer-rate = 0.2\ndevice-rate = 12.5\n");
  gateway::GatewayOptions options;
  options.enrollment_peer.per_second = 7;
  CLI::App app;
  gateway::RegisterOptions(app, options);
  BindEnvironmentAndConfig(app);
  RequireNothing(app);
  app.parse(std::vector<std::string>{"--config=" + file});
  EXPECT_EQ(options.enrollment_peer.per_second, 0.2);
  EXPECT_EQ(options.device.per_second, 12.5);
}

TEST(ShippedOptionsTest, AFlagIsTakenFromTheEnvironment) {
  ASSERT_EQ(setenv("SIGNET_REQUIRE_SYNCHRONOUS_STANDBY", "true", 1), 0);
  payment_platform::PlatformOptions options;
  CLI::App app;
  payment_platform::RegisterRunOptions(*app.add_subcommand("run"), options);
  BindEnvironmentAndConfig(app);
  RequireNothing(app);
  app.parse(std::vector<std::string>{"run"});
  unsetenv("SIGNET_REQUIRE_SYNCHRONOUS_STANDBY");
  EXPECT_TRUE(options.require_synchronous_standby);
}

}  // namespace
}  // namespace signet::serving
