// What is wrong with a command line, in words. CLI11 knows what it did not take, not why.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace signet::serving {

// error: what app.parse() threw. Names an option that is misspelt or stands in a wrong place, and
// the --help of the command that is concerned.
std::string ExplainUsage(const CLI::App& app, const CLI::ParseError& error);

}  // namespace signet::serving
