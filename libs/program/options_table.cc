#include "libs/program/options_table.h"

#include "CLI/CLI.hpp"

namespace signet::serving {
namespace {

std::string Code(const std::string& text) { return text.empty() ? "" : "`" + text + "`"; }

// A cell must not end before its end.
std::string Cell(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

std::string Default(const CLI::Option& option) {
  if (option.get_required()) return "required";
  return Code(option.get_default_str());
}

std::string Row(const CLI::Option& option) {
  const std::string& name = option.get_lnames().front();
  const std::string key = option.get_configurable() ? name : "";
  return "| " + Code("--" + name) + " | " + Code(option.get_envname()) + " | " + Code(key) + " | " +
         Default(option) + " | " + Cell(option.get_description()) + " |\n";
}

void Describe(const CLI::App& app, const std::string& name, const std::string& level,
              std::string& out) {
  std::string rows;
  for (const CLI::Option* option : app.get_options()) {
    const bool is_hidden = option->get_group().empty();
    if (!option->get_lnames().empty() && !is_hidden && option != app.get_help_ptr()) {
      rows += Row(*option);
    }
  }
  if (!rows.empty()) {
    out += level + " " + name + "\n\n";
    out += "| flag | environment | TOML key | default | |\n| --- | --- | --- | --- | --- |\n";
    out += rows + "\n";
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    Describe(*command, name + " " + command->get_name(), "###", out);
  }
}

}  // namespace

std::string OptionsTable(const CLI::App& app) {
  std::string out;
  Describe(app, app.get_name(), "##", out);
  return out;
}

}  // namespace signet::serving
