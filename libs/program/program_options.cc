#include "libs/program/program_options.h"

#include <cstdlib>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "libs/program/config_file.h"

namespace signet::serving {
namespace {

std::string EnvironmentName(const std::string& long_name) {
  std::string name = "SIGNET_";
  for (const char c : long_name) {
    name += c == '-' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

bool IsSetInEnvironment(const CLI::Option& option) {
  if (option.get_envname().empty()) return false;
  const char* value = std::getenv(option.get_envname().c_str());
  return value != nullptr && *value != '\0';
}

std::vector<CLI::App*> AllSubcommands(CLI::App& app) {
  return app.get_subcommands([](CLI::App*) { return true; });
}

CLI::App* Subcommand(CLI::App& app, const std::string& name) {
  for (CLI::App* subcommand : AllSubcommands(app)) {
    if (subcommand->check_name(name)) return subcommand;
  }
  return nullptr;
}

// The option of that name in the app or, failing that, in the subcommand that was chosen; then
// which it is. Nothing where neither has it.
struct Found {
  CLI::Option* option = nullptr;
  std::vector<std::string> parents;
};
std::optional<Found> FindOption(CLI::App& app, const std::string& key) {
  if (CLI::Option* option = app.get_option_no_throw("--" + key)) return Found{option, {}};
  for (CLI::App* chosen : app.get_subcommands()) {
    if (std::optional<Found> found = FindOption(*chosen, key)) {
      found->parents.insert(found->parents.begin(), chosen->get_name());
      return found;
    }
  }
  return std::nullopt;
}

bool AnySubcommandHas(CLI::App& app, const std::string& key) {
  for (CLI::App* subcommand : AllSubcommands(app)) {
    if (subcommand->get_option_no_throw("--" + key) != nullptr) return true;
    if (AnySubcommandHas(*subcommand, key)) return true;
  }
  return false;
}

class StrictConfig final : public CLI::ConfigBase {
 public:
  explicit StrictConfig(CLI::App& app) : app_(app) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    const std::string text{std::istreambuf_iterator<char>(input), std::istreambuf_iterator<char>()};
    absl::StatusOr<std::vector<ConfigEntry>> entries = ParseConfigFile(text);
    if (!entries.ok()) throw Error(std::string(entries.status().message()));
    std::vector<CLI::ConfigItem> resolved;
    for (const ConfigEntry& entry : *entries) {
      if (std::optional<CLI::ConfigItem> item = Resolve(entry)) {
        resolved.push_back(*std::move(item));
      }
    }
    return resolved;
  }

 private:
  CLI::ConfigError Error(const std::string& what) const {
    return CLI::ConfigError("configuration file " + app_.get_config_ptr()->as<std::string>() +
                            ", " + what);
  }

  // Nothing where the entry is for another subcommand, or where the environment has a say.
  std::optional<CLI::ConfigItem> Resolve(const ConfigEntry& entry) const {
    CLI::App* app = &app_;
    for (const std::string& name : entry.table) {
      app = Subcommand(*app, name);
      if (app == nullptr) {
        throw Error("line " + std::to_string(entry.line) + ": there is no command [" + name +
                    "]; see --help for the commands");
      }
    }
    std::optional<Found> found = FindOption(*app, entry.key);
    if (!found.has_value()) {
      if (AnySubcommandHas(*app, entry.key)) return std::nullopt;
      throw Error("line " + std::to_string(entry.line) + ": unknown key \"" + entry.key +
                  "\"; remove it, or see --help for the options");
    }
    if (!found->option->get_configurable()) {
      throw Error("line " + std::to_string(entry.line) + ": \"" + entry.key +
                  "\" cannot be set in a file; give it as a flag");
    }
    if (IsSetInEnvironment(*found->option)) return std::nullopt;
    CLI::ConfigItem item;
    item.parents = entry.table;
    item.parents.insert(item.parents.end(), found->parents.begin(), found->parents.end());
    item.name = entry.key;
    item.inputs = entry.values;
    return item;
  }

  CLI::App& app_;
};

void BindEnvironment(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (!option->get_configurable() || !option->get_envname().empty()) continue;
    if (option->get_lnames().empty()) continue;
    option->envname(EnvironmentName(option->get_lnames().front()));
  }
  for (CLI::App* subcommand : AllSubcommands(app)) BindEnvironment(*subcommand);
}

}  // namespace

void BindEnvironmentAndConfig(CLI::App& app) {
  if (app.get_help_ptr() != nullptr) app.get_help_ptr()->configurable(false);
  BindEnvironment(app);
  if (app.get_config_ptr() == nullptr) {
    app.set_config("--config", "", "TOML file with options (environment: SIGNET_CONFIG)");
  }
  // CLI11 reads the file before the environment, so the file's own name is looked up here.
  if (const char* path = std::getenv("SIGNET_CONFIG"); path != nullptr && *path != '\0') {
    app.get_config_ptr()->default_str(path)->required();
  }
  app.config_formatter(std::make_shared<StrictConfig>(app));
  app.allow_config_extras(CLI::config_extras_mode::error);
}

}  // namespace signet::serving
