#include "libs/program/suggestion.h"

#include <gtest/gtest.h>

namespace signet::serving {
namespace {

TEST(SuggestionTest, OneEditOfAnyKindIsForgiven) {
  for (const char* word : {"resme", "resumee", "resune", "reusme"}) {
    EXPECT_EQ(ClosestWord(word, {"pay", "resume", "receipt"}), "resume") << word;
  }
}

TEST(SuggestionTest, AnotherWordIsNotGuessedAt) {
  EXPECT_EQ(ClosestWord("delete", {"pay", "resume", "receipt"}), "");
  EXPECT_EQ(ClosestWord("no", {"yo"}), "");
  EXPECT_EQ(ClosestWord("", {"pay", ""}), "");
  EXPECT_EQ(ClosestWord("pay", {}), "");
}

TEST(SuggestionTest, TheNearestWinsAndThenTheFirst) {
  EXPECT_EQ(ClosestWord("balanse", {"balances", "balance"}), "balance");
  EXPECT_EQ(ClosestWord("shaw", {"show", "chaw"}), "show");
}

}  // namespace
}  // namespace signet::serving
