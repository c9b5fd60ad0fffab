// The rules of docs/architecture.md, read from the include lines and from the build's own link
// lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace signet::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct Include {
  std::string file;    // from the root
  std::string header;  // as written
};

bool StartsWith(const std::string& text, const std::string& prefix) {
  return text.rfind(prefix, 0) == 0;
}

std::vector<std::string> SourcesBelow(const std::string& folder) {
  std::vector<std::string> files;
  const fs::path root = SourceDir();
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    const std::string extension = entry.path().extension();
    if (extension == ".cc" || extension == ".h") files.push_back(fs::relative(entry.path(), root));
  }
  std::sort(files.begin(), files.end());
  return files;
}

const std::vector<Include>& AllIncludes() {
  static const auto* const kAll = [] {
    auto* all = new std::vector<Include>;
    static const std::regex line_pattern(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
    for (const std::string folder :
         {"libs", "services", "hsm_agent", "terminal_client", "operator_cli"}) {
      for (const std::string& file : SourcesBelow(folder)) {
        std::ifstream stream(SourceDir() + "/" + file);
        std::smatch match;
        for (std::string line; std::getline(stream, line);) {
          if (std::regex_search(line, match, line_pattern)) all->push_back({file, match[1]});
        }
      }
    }
    return all;
  }();
  return *kAll;
}

// Includes of a header with one of the prefixes, by files outside (or inside) the allowed folders.
std::vector<std::string> Offenders(const std::vector<std::string>& header_prefixes,
                                   const std::function<bool(const std::string&)>& judged) {
  std::vector<std::string> found;
  for (const Include& include : AllIncludes()) {
    if (!judged(include.file)) continue;
    for (const std::string& prefix : header_prefixes) {
      if (StartsWith(include.header, prefix))
        found.push_back(include.file + " includes " + include.header);
    }
  }
  return found;
}

std::function<bool(const std::string&)> Outside(const std::string& folder) {
  return [folder](const std::string& file) { return !StartsWith(file, folder + "/"); };
}

std::function<bool(const std::string&)> Inside(const std::string& folder) {
  return [folder](const std::string& file) { return StartsWith(file, folder + "/"); };
}

// How a program is linked, as build.ninja says.
std::string LinkOf(const std::string& program) {
  std::ifstream ninja(BinDir() + "/../build.ninja");
  std::string link;
  for (std::string line; std::getline(ninja, line);) {
    if (link.empty() && !StartsWith(line, "build bin/" + program + ":")) continue;
    if (line.empty()) break;
    link += line + "\n";
  }
  EXPECT_FALSE(link.empty()) << "no link line of " << program << " in build.ninja";
  return link;
}

// The static libraries of ours that a program is linked with, "signet_rpc" for
// libs/rpc/libsignet_rpc.a.
std::set<std::string> LinkedBy(const std::string& program) {
  const std::string link = LinkOf(program);
  std::set<std::string> libraries;
  static const std::regex library_pattern(R"(lib(signet_\w+)\.a)");
  for (std::sregex_iterator it(link.begin(), link.end(), library_pattern), end; it != end; ++it)
    libraries.insert((*it)[1]);
  return libraries;
}

std::vector<std::string> Linked(const std::string& program,
                                const std::vector<std::string>& forbidden) {
  const std::set<std::string> libraries = LinkedBy(program);
  std::vector<std::string> found;
  for (const std::string& library : forbidden) {
    if (libraries.contains(library)) found.push_back(program + " links " + library);
  }
  return found;
}

TEST(Architecture, TheScannerSeesTheTree) {
  // Guards the other tests: an empty scan would pass them all.
  EXPECT_GT(AllIncludes().size(), 300U);
  EXPECT_TRUE(LinkedBy("signet-agent").contains("signet_pkcs11"));
  EXPECT_TRUE(LinkedBy("signet-crypto").contains("signet_sealing"));
  EXPECT_THAT(LinkOf("signet-attacker"), HasSubstr("tests/"));
}

TEST(Architecture, PureRoomsStayPure) {
  const std::vector<std::string> impure = {
      "grpc",        "pqxx",         "libpq",    "p11-kit",     "openssl/",
      "prometheus",  "random",       "chrono",   "ctime",       "libs/openssl/random",
      "libs/pkcs11", "libs/program", "libs/rpc", "libs/serving"};
  for (const std::string folder :
       {"libs/keys", "libs/dukpt", "libs/sealing", "services/payment_platform/domain"}) {
    EXPECT_THAT(Offenders(impure, Inside(folder)), IsEmpty());
  }
  // base holds the machine's clock behind its interface, in one file.
  EXPECT_THAT(Offenders(impure,
                        [](const std::string& file) {
                          return StartsWith(file, "libs/base/") && file != "libs/base/clock.cc";
                        }),
              IsEmpty());
}

TEST(Architecture, ForeignLibrariesHaveOneRoomEach) {
  EXPECT_THAT(Offenders({"p11-kit/", "pkcs11.h"}, Outside("libs/pkcs11")), IsEmpty());
  EXPECT_THAT(Offenders({"openssl/"}, Outside("libs/openssl")), IsEmpty());
  EXPECT_THAT(Offenders({"pqxx", "libpq"}, Outside("services/payment_platform/store")), IsEmpty());
  EXPECT_THAT(Offenders({"prometheus/"}, Outside("libs/serving")), IsEmpty());
  EXPECT_THAT(Offenders({"utf8proc.h"}, Outside("libs/base")), IsEmpty());
  EXPECT_THAT(Offenders({"boost/"},
                        [](const std::string& file) {
                          return file != "libs/serving/http_server.cc" &&
                                 file != "libs/program/probe.cc";
                        }),
              IsEmpty());
  EXPECT_THAT(
      Offenders({"toml++/"},
                [](const std::string& file) { return file != "libs/program/config_file.cc"; }),
      IsEmpty());
}

// A folder of one concern, and what it may not know of.
TEST(Architecture, RoomsKeepToThemselves) {
  struct Rule {
    std::string room;
    std::vector<std::string> unknown;
  };
  const std::vector<Rule> rules = {
      {"libs/files", {"grpc", "libs/rpc", "libs/program", "libs/serving"}},
      {"libs/program", {"grpc", "libs/rpc", "libs/serving", "libs/cli"}},
      {"libs/rpc", {"libs/program", "libs/serving", "libs/cli"}},
      // A PIN's whole life, without the module that it opens.
      {"hsm_agent/pin",
       {"libs/pkcs11", "hsm_agent/module", "hsm_agent/payments", "hsm_agent/enrollment"}},
      {"hsm_agent/module", {"hsm_agent/payments", "hsm_agent/enrollment"}},
      {"hsm_agent/payments", {"hsm_agent/enrollment"}},
      {"services/crypto/hsm", {"grpc", "libs/rpc"}},
      {"services/payment_platform/store/postgres",
       {"services/payment_platform/domain", "services/payment_platform/store/ledger",
        "services/payment_platform/store/verify"}},
      {"services/payment_platform/store/ledger", {"services/payment_platform/store/verify"}},
      // Who checks the books does not keep them.
      {"services/payment_platform/store/verify", {"services/payment_platform/store/ledger"}},
      {"services/payment_platform/store", {"grpc", "libs/rpc"}},
      {"terminal_client/payments", {"terminal_client/commands"}},
      {"terminal_client/enrollment", {"terminal_client/commands"}},
  };
  for (const Rule& rule : rules) {
    EXPECT_FALSE(SourcesBelow(rule.room).empty()) << rule.room;  // a rule about nothing
    EXPECT_THAT(Offenders(rule.unknown, Inside(rule.room)), IsEmpty()) << rule.room;
  }
}

TEST(Architecture, ServicesMeetOnlyInProtos) {
  const std::vector<std::string> rooms = {"services/gateway",          "services/crypto",
                                          "services/payment_platform", "hsm_agent",
                                          "terminal_client",           "operator_cli"};
  for (const std::string& room : rooms) {
    std::vector<std::string> others;
    for (const std::string& other : rooms) {
      if (other != room) others.push_back(other + "/");
    }
    EXPECT_THAT(Offenders(others, Inside(room)), IsEmpty());
  }
  EXPECT_THAT(
      Offenders({"services/", "hsm_agent/", "terminal_client/", "operator_cli/"}, Inside("libs")),
      IsEmpty());
  EXPECT_THAT(Offenders({"tests/"}, [](const std::string&) { return true; }), IsEmpty());
}

// The tools' own room knows nothing of networks and keys, and nothing that serves is told how to
// talk to people.
TEST(Architecture, LibsCliIsForTheToolsAlone) {
  EXPECT_THAT(Offenders({"grpc", "libs/rpc", "libs/serving", "libs/openssl", "libs/files"},
                        Inside("libs/cli")),
              IsEmpty());
  for (const std::string room : {"services", "hsm_agent", "libs/program", "libs/serving"}) {
    EXPECT_THAT(Offenders({"libs/cli/"}, Inside(room)), IsEmpty());
  }
}

TEST(Architecture, TheGatewayCannotDecrypt) {
  EXPECT_THAT(Linked("signet-gateway",
                     {"signet_openssl", "signet_pkcs11", "signet_dukpt", "signet_sealing"}),
              IsEmpty());
  EXPECT_THAT(Offenders({"libs/keys/"}, Inside("services/gateway")), IsEmpty());
}

TEST(Architecture, TheTerminalCannotSeal) {
  EXPECT_THAT(Linked("signet", {"signet_pkcs11", "signet_dukpt", "signet_sealing"}), IsEmpty());
}

TEST(Architecture, ThePlatformHoldsNoMessageKeys) {
  EXPECT_THAT(Linked("signet-platform",
                     {"signet_openssl", "signet_pkcs11", "signet_dukpt", "signet_sealing"}),
              IsEmpty());
}

TEST(Architecture, NoShippedProgramLinksATestStandIn) {
  for (const std::string program : {"signet-gateway", "signet-crypto", "signet-platform",
                                    "signet-agent", "signet", "signetctl"}) {
    EXPECT_THAT(LinkOf(program), Not(HasSubstr("tests/"))) << program;
  }
}

TEST(Architecture, MainBuildsTheObjectsAndIsShort) {
  for (const std::string room : {"services/gateway", "services/crypto", "services/payment_platform",
                                 "hsm_agent", "terminal_client", "operator_cli"}) {
    const std::string text = ReadFile(SourceDir() + "/" + room + "/main.cc");
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 80) << room;
  }
}

}  // namespace
}  // namespace signet::testing
