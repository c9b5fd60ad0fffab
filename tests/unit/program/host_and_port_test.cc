#include "libs/program/host_and_port.h"

#include "gtest/gtest.h"

namespace signet::serving {
namespace {

TEST(HostAndPortTest, EveryKindOfHost) {
  struct Case {
    const char* text;
    const char* host;
    const char* port;
  };
  for (const Case& example : {Case{"127.0.0.1:9464", "127.0.0.1", "9464"},
                              {"localhost:0", "localhost", "0"},
                              {"[::]:9464", "::", "9464"},
                              {"[fe80::1%eth0]:1", "fe80::1%eth0", "1"}}) {
    const auto split = SplitHostAndPort(example.text);
    ASSERT_TRUE(split.has_value()) << example.text;
    EXPECT_EQ(split->host, example.host);
    EXPECT_EQ(split->port, example.port);
  }
}

TEST(HostAndPortTest, NothingElse) {
  for (const char* text : {"", ":", "localhost", ":1", "localhost:", "localhost:http", "::1:9464",
                           "[]:1", "[::1:1", "::1]:1", "a:-1", "a:1 ", "a:65536"}) {
    EXPECT_FALSE(SplitHostAndPort(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace signet::serving
