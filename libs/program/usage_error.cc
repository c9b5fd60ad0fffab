#include "libs/program/usage_error.h"

#include <vector>

#include "CLI/CLI.hpp"
#include "libs/program/suggestion.h"

namespace signet::serving {
namespace {

// The command that was chosen, and that within it.
const CLI::App& Chosen(const CLI::App& app) {
  const CLI::App* chosen = &app;
  while (!chosen->get_subcommands().empty()) chosen = chosen->get_subcommands().front();
  return *chosen;
}

// "signetctl account show"
std::string FullName(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return (parent == nullptr ? "" : FullName(*parent) + " ") + app.get_name();
}

// What may stand where the parser gave up: the commands there, or the options there and above.
std::vector<const CLI::App*> AllCommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}
std::vector<std::string> CommandsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : AllCommands(app)) names.push_back(command->get_name());
  return names;
}
std::vector<std::string> OptionsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* level = &app; level != nullptr; level = level->get_parent()) {
    for (const CLI::Option* option : level->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

// The program or the command that has the option, the program first; null where none has it.
const CLI::App* OwnerOf(const CLI::App& app, const std::string& option) {
  if (app.get_option_no_throw(option) != nullptr) return &app;
  for (const CLI::App* command : AllCommands(app)) {
    if (const CLI::App* owner = OwnerOf(*command, option)) return owner;
  }
  return nullptr;
}

// What is wrong, and whose --help shows what is right.
struct Explanation {
  std::string what;
  const CLI::App* page = nullptr;
};

// Where an option stands that exists, but not where it was given.
Explanation ExplainPlace(const CLI::App& app, const CLI::App& chosen, const std::string& option) {
  for (const CLI::App* level = &chosen; level != nullptr; level = level->get_parent()) {
    if (level->get_option_no_throw(option) == nullptr) continue;
    const bool is_above = level == &app && &chosen != &app;
    const CLI::App& next = is_above ? *app.get_subcommands().front() : *level;
    return {option + " goes " +
                (is_above ? "before `" + next.get_name() : "after `" + FullName(next)) + "`",
            level};
  }
  const CLI::App* owner = OwnerOf(app, option);
  if (owner == nullptr) return {};
  return {option + " is an option of `" + FullName(*owner) + "`" +
              (&chosen == &app ? "" : ", not of `" + FullName(chosen) + "`"),
          owner};
}

// Whose --help lists the option that CLI11's words name; of the chosen command and those above it.
const CLI::App& PageOf(const CLI::App& chosen, const std::string& what) {
  const size_t begin = what.find("--");
  if (begin == std::string::npos) return chosen;
  const std::string option = what.substr(begin, what.find_first_of(": =", begin) - begin);
  for (const CLI::App* level = &chosen; level != nullptr; level = level->get_parent()) {
    if (level->get_option_no_throw(option) != nullptr) return *level;
  }
  return chosen;
}

// CLI11's words, or better ones where the first word that nothing took explains the error.
Explanation Explain(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& chosen = Chosen(app);
  const std::vector<std::string> unknown = app.remaining(/*recurse=*/true);
  if (unknown.empty()) return {error.what(), &PageOf(chosen, error.what())};
  const std::string word = unknown.front().substr(0, unknown.front().find('='));
  const bool is_option = word.rfind('-', 0) == 0;
  if (is_option) {
    Explanation place = ExplainPlace(app, chosen, word);
    if (place.page != nullptr) return place;
  }
  const std::vector<std::string> known = is_option ? OptionsOf(chosen) : CommandsOf(chosen);
  if (known.empty()) return {error.what(), &chosen};
  const std::string meant = ClosestWord(word, known);
  return {std::string("there is no ") + (is_option ? "option " : "command ") + word +
              (meant.empty() ? "" : "; did you mean " + meant + "?"),
          &chosen};
}

}  // namespace

std::string ExplainUsage(const CLI::App& app, const CLI::ParseError& error) {
  const Explanation explained = Explain(app, error);
  return explained.what + "; see " + FullName(*explained.page) + " --help";
}

}  // namespace signet::serving
