#include "libs/program/address_option.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::serving {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(AddressOptionTest, WhatAServiceCanListenOn) {
  for (const char* address : {"127.0.0.1:0", "0.0.0.0:7443", "localhost:65535", "[::]:7443",
                              "[::1]:0", "[fe80::1%eth0]:7443", "my_host.example:1"}) {
    EXPECT_EQ(CheckListenAddress(address), "") << address;
    EXPECT_EQ(CheckAdminAddress(address), "") << address;
  }
  EXPECT_EQ(CheckListenAddress("unix:/run/signet.sock"), "");
  EXPECT_NE(CheckAdminAddress("unix:/run/signet.sock"), "");
}

TEST(AddressOptionTest, WhatAClientCanCall) {
  for (const char* address :
       {"127.0.0.1:1", "platform:7446", "[::1]:65535", "dns:///gateway:7443", "dns:gateway:7443",
        "dns://10.0.0.1:53/gateway:7443", "ipv4:127.0.0.1:1,127.0.0.1:2", "ipv4:10.0.0.1:7445",
        "ipv6:[::1]:1,[2001:db8::7]:2", "unix:/run/signet.sock"}) {
    EXPECT_EQ(CheckServerAddress(address), "") << address;
  }
}

TEST(AddressOptionTest, EverythingElseIsRefusedWithAnExample) {
  for (const char* address : {"",
                              ":",
                              ":0",
                              ":7443",
                              "7443",
                              "127.0.0.1",
                              "foo",
                              "127.0.0.1:",
                              "127.0.0.1:99999",
                              "127.0.0.1:65536",
                              "127.0.0.1:-1",
                              "127.0.0.1:+1",
                              "127.0.0.1:0x50",
                              "127.0.0.1:80 ",
                              "127.0.0.1:4294967376",
                              "127.0.0.1:99999999999999999999",
                              "::1:7443",
                              "[::1]",
                              "[::1:7443",
                              "[localhost]:7443",
                              "http://localhost:80",
                              "localhost:80/",
                              "a b:80",
                              "a:80,b:80",
                              "unix:",
                              "a@b:80"}) {
    EXPECT_THAT(CheckListenAddress(address), AllOf(HasSubstr(address), HasSubstr("127.0.0.1:7443")))
        << address;
    EXPECT_THAT(CheckServerAddress(address), AllOf(HasSubstr(address), HasSubstr("localhost:7443")))
        << address;
  }
  for (const char* address : {"127.0.0.1:0", "dns:///gateway", "dns:///:7443", "dns://gateway:7443",
                              "ipv4:", "ipv4:localhost:1", "ipv4:127.0.0.1:1,", "ipv6:::1:1",
                              "ipv4:127.0.0.1:1,127.0.0.1:99999", "xds:///gateway:7443"}) {
    EXPECT_NE(CheckServerAddress(address), "") << address;
  }
  for (const char* address : {"dns:///gateway:7443", "ipv4:127.0.0.1:1,127.0.0.1:2"}) {
    EXPECT_NE(CheckListenAddress(address), "") << address;
  }
}

}  // namespace
}  // namespace signet::serving
