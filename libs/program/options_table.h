// The reference of a program's options, made from the code: docs/configuration.md.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace signet::serving {

// Markdown: a heading and a table for the program and for each of its commands that has options.
// After BindEnvironmentAndConfig.
std::string OptionsTable(const CLI::App& app);

}  // namespace signet::serving
