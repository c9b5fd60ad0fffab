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
