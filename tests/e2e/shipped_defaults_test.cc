// What `./dev bench` measures is what is shipped: its stack (tools/dev/stack.sh, the same as here)
// sets addresses, identities and files, nothing that trades durability or security for speed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "tests/support/stack.h"

namespace signet::testing {
namespace {

// The options of a running service.
std::set<std::string> OptionsOf(const Stack& stack, const std::string& service) {
  std::string pid = ReadFile(stack.dir() + "/run/" + service + ".pid");
  pid.erase(pid.find_last_not_of('\n') + 1);
  std::istringstream arguments(ReadFile("/proc/" + pid + "/cmdline"));
  std::set<std::string> options;
  for (std::string argument; std::getline(arguments, argument, '\0');) {
    if (argument.rfind("--", 0) == 0) options.insert(argument.substr(2, argument.find('=') - 2));
  }
  return options;
}

TEST(ShippedDefaults, TheServicesAreToldWhereAndWhoTheyAreAndNoMore) {
  const std::set<std::string> allowed = {
      "listen",           "admin-listen",   "enrollment-listen", "ready-file", "database",
      "platform-address", "crypto-address", "tls-certificate",   "tls-key",    "tls-roots",
      "device-ca",        "pkcs11-module",  "token-label",       "pin-file",   "bdk-id",
      "pkcs11-parameters"};
  const Stack stack;
  for (const std::string service : {"gateway", "crypto", "platform"}) {
    const std::set<std::string> options = OptionsOf(stack, service);
    EXPECT_FALSE(options.empty()) << service;
    std::set<std::string> others;
    std::set_difference(options.begin(), options.end(), allowed.begin(), allowed.end(),
                        std::inserter(others, others.end()));
    EXPECT_THAT(others, ::testing::IsEmpty()) << service;
  }
}

TEST(ShippedDefaults, PostgresLosesNothing) {
  const Stack stack;
  for (const std::string setting : {"fsync", "full_page_writes", "synchronous_commit"}) {
    EXPECT_EQ(stack.Sql("SHOW " + setting), "on") << setting;
  }
  // Of the settings that decide over speed, none but the memory differs from Debian's.
  EXPECT_EQ(stack.Sql("SELECT coalesce(string_agg(name, ' ' ORDER BY name), '') FROM pg_settings"
                      " WHERE setting <> boot_val AND name IN ('wal_level', 'wal_sync_method',"
                      " 'commit_delay', 'commit_siblings', 'wal_compression', 'jit',"
                      " 'full_page_writes', 'fsync', 'synchronous_commit', 'data_checksums')"),
            "");
}

// The benchmark's stack is started without a word about any service.
TEST(ShippedDefaults, TheBenchmarkAddsNothing) {
  const std::string script = ReadFile(SourceDir() + "/tools/dev/bench.sh");
  EXPECT_THAT(script, ::testing::HasSubstr("\"$ROOT/tools/dev/stack.sh\" up \"$S\"\n"));
  for (const std::string service : {"bin/signet-gateway", "bin/signet-crypto",
                                    "bin/signet-platform", "ALTER SYSTEM", "postgresql.conf"}) {
    EXPECT_THAT(script, ::testing::Not(::testing::HasSubstr(service)));
  }
}

}  // namespace
}  // namespace signet::testing
