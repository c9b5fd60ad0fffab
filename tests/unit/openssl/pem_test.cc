#include <gtest/gtest.h>

#include "libs/openssl/certificate.h"
#include "libs/openssl/random.h"
#include "tests/unit/openssl/error_queue.h"

namespace signet::openssl {
namespace {

TEST(Pem, RoundTrip) {
  for (const size_t size : {1u, 2u, 3u, 47u, 48u, 49u, 1000u, 16384u}) {
    const std::string der = RandomBytes(size);
    const std::string pem = ToPem("CERTIFICATE", der);
    const auto again = FromPem("CERTIFICATE", pem);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, der);
  }
}

// RFC 7468, 2: the base64 lines are wrapped at 64 characters.
TEST(Pem, KnownAnswer) {
  EXPECT_EQ(ToPem("PUBLIC KEY", "signet"),
            "-----BEGIN PUBLIC KEY-----\nc2lnbmV0\n-----END PUBLIC KEY-----\n");
}

TEST(Pem, FirstBlockOfTheLabel) {
  const std::string pem = "a comment\n" + ToPem("PUBLIC KEY", "one") + ToPem("CERTIFICATE", "two") +
                          ToPem("CERTIFICATE", "three");
  EXPECT_EQ(*FromPem("CERTIFICATE", pem), "two");
  EXPECT_EQ(*FromPem("PUBLIC KEY", pem), "one");
}

TEST(Pem, Refused) {
  const std::string pem = ToPem("CERTIFICATE", RandomBytes(200));
  for (const std::string& bad :
       {std::string(), std::string("text"), std::string(10, '\0'), pem.substr(0, 100),
        pem.substr(5), std::string("-----BEGIN CERTIFICATE-----\n"),
        std::string("-----BEGIN CERTIFICATE-----\n$$$$\n-----END CERTIFICATE-----\n"),
        std::string("-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
                    "DEK-Info: AES-128-CBC,00\n\nc2lnbmV0\n-----END CERTIFICATE-----\n"),
        ToPem("X509 CRL", "x"), std::string(2 << 20, 'A')}) {
    EXPECT_EQ(FromPem("CERTIFICATE", bad).status().code(), absl::StatusCode::kInvalidArgument)
        << bad.substr(0, 80);
    ExpectEmptyErrorQueue();
  }
}

}  // namespace
}  // namespace signet::openssl
