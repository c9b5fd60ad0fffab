// The house's own rules: how full a folder may be, what a file is called, how wide prose is, and
// that documents name what is there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace signet::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

constexpr size_t kMostSourcesInAFolder = 32;
constexpr size_t kProseColumns = 100;

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Every file of the tree but what is built and what belongs to git, from the root.
const std::vector<std::string>& AllFiles() {
  static const auto* const kAll = [] {
    auto* all = new std::vector<std::string>;
    const fs::path root = SourceDir();
    for (auto it = fs::recursive_directory_iterator(root); it != fs::end(it); ++it) {
      const std::string name = it->path().filename();
      if (it->is_directory() && (name == "build" || name == ".git" || name == "node_modules")) {
        it.disable_recursion_pending();
      } else if (it->is_regular_file()) {
        all->push_back(fs::relative(it->path(), root));
      }
    }
    std::sort(all->begin(), all->end());
    return all;
  }();
  return *kAll;
}

std::vector<std::string> LinesOf(const std::string& file) {
  std::ifstream stream(SourceDir() + "/" + file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

size_t Characters(const std::string& utf8) {
  return static_cast<size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) >> 6) != 2; }));
}

// "    # text" → "text", where the line is a comment of that mark; else nothing.
std::string CommentText(const std::string& line, const std::string& mark) {
  const size_t start = line.find_first_not_of(' ');
  if (start == std::string::npos || line.compare(start, mark.size(), mark) != 0) return "";
  return line.substr(start + mark.size());
}

// A line that no one could wrap: one word, a link or a piece of code, fills it.
bool CanBeWrapped(const std::string& line) {
  const size_t first = line.find_first_not_of(' ');
  const size_t space = line.find(' ', first + 2);
  return space != std::string::npos;
}

// The lines of a file that are prose: of Markdown all but code, tables and headings; of the rest,
// comments.
std::map<size_t, std::string> ProseOf(const std::string& file) {
  const bool markdown = EndsWith(file, ".md");
  const std::string mark = EndsWith(file, ".proto") ? "//" : "#";
  std::map<size_t, std::string> prose;
  bool code = false;
  size_t number = 0;
  for (const std::string& line : LinesOf(file)) {
    ++number;
    if (!markdown) {
      if (!CommentText(line, mark).empty()) prose[number] = line;
      continue;
    }
    const size_t start = line.find_first_not_of(' ');
    if (start == std::string::npos) continue;
    if (line.compare(start, 3, "```") == 0) {
      code = !code;
    } else if (!code && line[start] != '|' && line[start] != '#') {
      prose[number] = line;
    }
  }
  return prose;
}

TEST(House, AFolderIsARoom) {
  std::map<std::string, size_t> sources;
  for (const std::string& file : AllFiles()) {
    if (EndsWith(file, ".cc") || EndsWith(file, ".h")) ++sources[fs::path(file).parent_path()];
  }
  ASSERT_GT(sources.size(), 40U);  // an empty scan would pass
  std::vector<std::string> halls;
  for (const auto& [folder, count] : sources) {
    if (count > kMostSourcesInAFolder) {
      halls.push_back(folder + " holds " + std::to_string(count) + " sources and headers");
    }
  }
  EXPECT_THAT(halls, IsEmpty());
}

TEST(House, ProseIsAHundredColumnsWide) {
  std::vector<std::string> wide;
  size_t seen = 0;
  for (const std::string& file : AllFiles()) {
    // A migration is never changed, and a lock file is nobody's prose.
    if (file.find("/migrations/") != std::string::npos) continue;
    static const std::regex kKinds(
        R"(.*\.(md|proto|sh|py|ya?ml|toml|cmake)|(.*/)?(CMakeLists\.txt|Dockerfile|dev|run))");
    if (!std::regex_match(file, kKinds)) continue;
    for (const auto& [number, line] : ProseOf(file)) {
      ++seen;
      if (Characters(line) > kProseColumns && CanBeWrapped(line)) {
        wide.push_back(file + ":" + std::to_string(number));
      }
    }
  }
  ASSERT_GT(seen, 1000U);
  EXPECT_THAT(wide, IsEmpty());
}

// PaymentGateway → payment_gateway
std::string SnakeCase(const std::string& name) {
  std::string snake;
  for (const char c : name) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 && !snake.empty()) snake += '_';
    snake += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return snake;
}

TEST(House, FromAProtoServiceOneKnowsItsFile) {
  static const std::regex kService(R"(^service (\w+) \{)");
  std::vector<std::string> missing;
  size_t services = 0;
  for (const std::string& proto : AllFiles()) {
    if (!EndsWith(proto, ".proto")) continue;
    for (const std::string& line : LinesOf(proto)) {
      std::smatch match;
      if (!std::regex_search(line, match, kService)) continue;
      ++services;
      const std::string file = "/" + SnakeCase(match[1]) + "_service.cc";
      if (std::none_of(AllFiles().begin(), AllFiles().end(),
                       [&](const std::string& path) { return EndsWith(path, file); })) {
        missing.push_back(std::string(match[1]) + ": no file *" + file);
      }
    }
  }
  ASSERT_GT(services, 6U);
  EXPECT_THAT(missing, IsEmpty());
}

TEST(House, AProcessIsPutTogetherInItsServer) {
  for (const std::string room :
       {"hsm_agent", "services/crypto", "services/gateway", "services/payment_platform"}) {
    EXPECT_TRUE(fs::exists(SourceDir() + "/" + room + "/server.cc")) << room;
  }
}

// What a document names between backticks or in a link, where it looks like a path of this tree.
std::vector<std::string> PathsNamedIn(const std::string& document) {
  static const std::regex kPath(
      "[`(]((?:\\.\\./)*(?:libs|services|hsm_agent|terminal_client|operator_cli|protos|tests|"
      "deploy|docs|tools|cmake)(?:/[A-Za-z0-9_.-]+)+)[`)#]");
  std::vector<std::string> paths;
  for (const std::string& line : LinesOf(document)) {
    for (std::sregex_iterator it(line.begin(), line.end(), kPath), end; it != end; ++it) {
      std::string path = (*it)[1];
      while (path.rfind("../", 0) == 0) path.erase(0, 3);
      paths.push_back(path);
    }
  }
  return paths;
}

TEST(House, DocumentsNameFilesThatAreThere) {
  std::vector<std::string> missing;
  size_t seen = 0;
  for (const std::string& file : AllFiles()) {
    if (!EndsWith(file, ".md")) continue;
    for (const std::string& path : PathsNamedIn(file)) {
      ++seen;
      if (!fs::exists(SourceDir() + "/" + path)) missing.push_back(file + " names " + path);
    }
  }
  ASSERT_GT(seen, 80U);
  EXPECT_THAT(missing, IsEmpty());
}

}  // namespace
}  // namespace signet::testing
