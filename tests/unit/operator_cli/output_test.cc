#include "operator_cli/output.h"

#include "gtest/gtest.h"

namespace signet::operator_cli {
namespace {

TEST(PrintableTest, ReplacesControlCharactersAndKeepsUtf8) {
  EXPECT_EQ(Printable("a\x1b[1m\x7f\nü"), "a?[1m??ü");
}

}  // namespace
}  // namespace signet::operator_cli
