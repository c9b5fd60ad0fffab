#include "libs/digests/digests.h"

#include <gtest/gtest.h>

#include <set>

#include "libs/base/hex.h"

namespace signet {
namespace {

// Computed by an independent program from the layouts that the header states.
TEST(Digests, KnownAnswers) {
  EXPECT_EQ(ToHex(MessageDigest("header", "body")),
            "44aabd0f6ba71dee0a4042a6617b6c41c7c073f4a8575d34e47009b340f34a76");
  EXPECT_EQ(ToHex(AuthorizationDigest("body")),
            "b51384167fa42e952e5ad39dee75312080783cdcdf93e9eb4ede032e2a1e0acd");
  EXPECT_EQ(ToHex(ReceiptDigest("body")),
            "1e043e04fd574bbbb378e21538f911f241f24018914b022c57a06f02d06ee4a7");
  EXPECT_EQ(ToHex(EnrollmentDigest("body")),
            "a9bf254273f5e787c539dd36bb5d8fb7472c464eab00e1ffceeed5a243209a9c");
  EXPECT_EQ(ToHex(EnrollmentAnswerDigest("request", "body")),
            "5cf973998c8948c993a9896d4633ab0a6e2dd65cefb407ec550ddc9bd5d6d369");
  EXPECT_EQ(ToHex(JournalDigest("previous", "batch")),
            "c4a698b76a5df347abfacefb99eb55a9d7bb81b471ab1813abfac72c4c434520");
}

TEST(Digests, NoBoundaryCanBeMoved) {
  EXPECT_NE(MessageDigest("ab", "c"), MessageDigest("a", "bc"));
  EXPECT_NE(MessageDigest("abc", ""), MessageDigest("", "abc"));
  EXPECT_NE(JournalDigest("ab", "c"), JournalDigest("a", "bc"));
  EXPECT_NE(EnrollmentAnswerDigest("ab", "c"), EnrollmentAnswerDigest("a", "bc"));
  EXPECT_NE(MessageDigest("", std::string("\0", 1)), MessageDigest(std::string("\0", 1), ""));
}

TEST(Digests, NoneStandsForAnother) {
  const std::set<std::string> digests = {
      MessageDigest("", ""), AuthorizationDigest(""),        ReceiptDigest(""),
      EnrollmentDigest(""),  EnrollmentAnswerDigest("", ""), JournalDigest("", "")};
  EXPECT_EQ(digests.size(), 6u);
}

}  // namespace
}  // namespace signet
