#include "libs/base/secret.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace signet {
namespace {

// Longer than any short-string buffer, and one that fits into it.
const std::string kLong(100, 'L');
const std::string kShort = "short";

TEST(WipeString, OverwritesTheWholeBuffer) {
  for (const std::string& value : {kLong, kShort}) {
    std::string bytes = value;
    const char* buffer = bytes.data();
    const size_t capacity = bytes.capacity();
    bytes.resize(2);  // the rest stays in the buffer
    WipeString(bytes);
    EXPECT_TRUE(bytes.empty());
    ASSERT_EQ(bytes.data(), buffer);
    for (size_t i = 0; i < capacity; ++i) EXPECT_EQ(buffer[i], '\0') << i;
  }
}

TEST(Secret, DestructionWipes) {
  // A short string lives inside the object, so its bytes can be looked at after destruction.
  alignas(Secret) unsigned char storage[sizeof(Secret)];
  auto* secret = new (storage) Secret("topsecret");
  std::destroy_at(secret);
  unsigned char seen[sizeof(Secret)];
  std::memcpy(seen, storage, sizeof(seen));
  EXPECT_EQ(memmem(seen, sizeof(seen), "topsecret", 9), nullptr);
  EXPECT_EQ(memmem(seen, sizeof(seen), "secret", 6), nullptr);
}

TEST(Secret, TakeFromWipesTheSource) {
  for (const std::string& value : {kLong, kShort}) {
    std::string source = value;
    const Secret secret = Secret::TakeFrom(source);
    EXPECT_EQ(secret.reveal(), value);
    EXPECT_TRUE(source.empty());
    EXPECT_EQ(std::string_view(source.data(), source.capacity()).find(value[0]),
              std::string_view::npos);
  }
}

TEST(Secret, CopyAndMove) {
  for (const std::string& value : {kLong, kShort}) {
    Secret original(value);
    Secret copy(original);
    EXPECT_EQ(copy, original);
    Secret moved(std::move(original));
    EXPECT_EQ(moved.reveal(), value);
    EXPECT_TRUE(original.empty());  // NOLINT(bugprone-use-after-move): wiped, by contract
    Secret assigned("previous");
    assigned = moved;
    EXPECT_EQ(assigned, moved);
    assigned = std::move(moved);
    EXPECT_EQ(assigned.reveal(), value);
    EXPECT_TRUE(moved.empty());  // NOLINT(bugprone-use-after-move)
    Secret& self = assigned;
    assigned = self;
    EXPECT_EQ(assigned.reveal(), value);
    assigned = std::move(self);
    EXPECT_EQ(assigned.reveal(), value);
  }
}

TEST(Secret, KeepsZeroBytes) {
  const std::string bytes("a\0b\0", 4);
  EXPECT_EQ(Secret(bytes).size(), 4u);
  EXPECT_EQ(Secret(bytes).reveal(), bytes);
}

TEST(ConstantTimeEquals, Contents) {
  EXPECT_TRUE(ConstantTimeEquals("", ""));
  EXPECT_TRUE(ConstantTimeEquals("abc", "abc"));
  EXPECT_FALSE(ConstantTimeEquals("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEquals("abc", "xbc"));
  EXPECT_FALSE(ConstantTimeEquals("abc", "ab"));
  EXPECT_FALSE(ConstantTimeEquals("", "a"));
  EXPECT_FALSE(ConstantTimeEquals(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
  EXPECT_FALSE(Secret("one") == Secret("two"));
}

}  // namespace
}  // namespace signet
