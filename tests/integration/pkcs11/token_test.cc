// Slots and tokens: initialization, and finding a token by its label.
#include "tests/integration/pkcs11/token_fixture.h"

namespace signet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class TokensTest : public TokenTest {};

TEST_F(TokensTest, InfoIsTrimmed) {
  const pkcs11::TokenInfo info = OrThrow(OrThrow(token().slot()).Info());
  EXPECT_TRUE(info.initialized);
  EXPECT_EQ(info.label, "signet-test");
  EXPECT_EQ(info.manufacturer, "SoftHSM project");
  EXPECT_EQ(info.model, "SoftHSM v2");
  EXPECT_EQ(info.serial.size(), 16u);
  EXPECT_EQ(info.library, "Implementation of PKCS11 2.6");
}

TEST_F(TokensTest, FindsTokensByLabelAfterSlotIdsChange) {
  ASSERT_TRUE(token().AddToken("second").ok());
  ASSERT_TRUE(token().AddToken("a label of thirty-two characters").ok());
  CloseSession();
  token().Unload();
  ASSERT_TRUE(token().Reload().ok());
  for (const std::string label : {"signet-test", "second", "a label of thirty-two characters"}) {
    const auto slot = token().module().FindToken(label);
    ASSERT_TRUE(slot.ok()) << slot.status();
    EXPECT_EQ(OrThrow(slot->Info()).label, label);
  }
}

TEST_F(TokensTest, UnknownLabelNamesWhatThereIs) {
  const auto slot = token().module().FindToken("no such token");
  EXPECT_TRUE(absl::IsNotFound(slot.status()));
  EXPECT_THAT(Message(slot.status()),
              AllOf(HasSubstr("no token labelled 'no such token'"),
                    HasSubstr("found: 'signet-test'"), HasSubstr("--token-label")));
  // Neither a part of a label nor an empty one will do.
  EXPECT_TRUE(absl::IsNotFound(token().module().FindToken("signet").status()));
  EXPECT_TRUE(absl::IsNotFound(token().module().FindToken("").status()));
}

TEST_F(TokensTest, TwoTokensOfOneLabelAreRefused) {
  EXPECT_FALSE(token().AddToken("signet-test").ok());
  const auto slot = token().module().FindToken("signet-test");
  EXPECT_TRUE(absl::IsFailedPrecondition(slot.status())) << slot.status();
  EXPECT_THAT(Message(slot.status()), HasSubstr("2 tokens"));
}

TEST_F(TokensTest, InitializedTokenIsLeftAlone) {
  const pkcs11::Slot slot = OrThrow(token().slot());
  const absl::Status status = slot.Initialize("other", token().so_pin(), token().pin());
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_EQ(OrThrow(slot.Info()).label, "signet-test");
}

TEST_F(TokensTest, BadLabelsAndPinsAreRefusedBeforeTheTokenIsTouched) {
  const pkcs11::Slot slot = OrThrow(token().module().FindEmptySlot());
  const Secret good("123456");
  const std::string long_label(33, 'x');
  EXPECT_TRUE(absl::IsInvalidArgument(slot.Initialize("", good, good)));
  EXPECT_TRUE(absl::IsInvalidArgument(slot.Initialize(long_label, good, good)));
  EXPECT_TRUE(absl::IsInvalidArgument(slot.Initialize("x", Secret("1"), good)));
  const absl::Status status = slot.Initialize("x", good, Secret("123"));
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(Message(status), HasSubstr("the user's PIN must have 4 to 255 characters"));
  EXPECT_FALSE(OrThrow(slot.Info()).initialized);
}

TEST_F(TokensTest, UninitializedTokenHasNoSessions) {
  const pkcs11::Slot slot = OrThrow(token().module().FindEmptySlot());
  const auto session = pkcs11::Session::Open(slot);
  EXPECT_TRUE(absl::IsFailedPrecondition(session.status())) << session.status();
  EXPECT_THAT(Message(session.status()),
              AllOf(HasSubstr("CKR_TOKEN_NOT_RECOGNIZED"), HasSubstr("initialize it first")));
}

TEST_F(TokensTest, SlotThatIsNotThere) {
  const auto info = pkcs11::Slot(OrThrow(token().slot()).module(), 987654321).Info();
  EXPECT_TRUE(absl::IsNotFound(info.status())) << info.status();
  EXPECT_THAT(Message(info.status()), HasSubstr("CKR_SLOT_ID_INVALID"));
}

}  // namespace
}  // namespace signet::testing
