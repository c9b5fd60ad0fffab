// Sessions: login, objects and their lifetimes.
#include <utility>

#include "tests/integration/pkcs11/token_fixture.h"

namespace signet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class SessionTest : public TokenTest {};

TEST_F(SessionTest, LoginBelongsToTheToken) {
  const auto second = OrThrow(pkcs11::Session::Open(OrThrow(token().slot())));
  EXPECT_TRUE(OrThrow(second->IsLoggedIn()));
  // Logged in already: nothing to do.
  EXPECT_TRUE(second->Login(token().pin()).ok());
  EXPECT_TRUE(second->Logout().ok());
  EXPECT_FALSE(OrThrow(session().IsLoggedIn()));
  EXPECT_TRUE(session().Logout().ok());
}

TEST_F(SessionTest, WrongPin) {
  ASSERT_TRUE(session().Logout().ok());
  for (const std::string pin : {"135791", "", "1", "13579", "1357900"}) {
    const absl::Status status = session().Login(Secret(pin));
    EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
    EXPECT_THAT(Message(status),
                AllOf(HasSubstr("CKR_PIN_INCORRECT"), HasSubstr("enter it again")));
    EXPECT_FALSE(OrThrow(session().IsLoggedIn()));
  }
  EXPECT_TRUE(session().Login(token().pin()).ok());
}

TEST_F(SessionTest, WithoutLoginNoSecretKeys) {
  ASSERT_TRUE(session().GenerateAes256(OnToken(MessagePolicy())).ok());
  ASSERT_TRUE(session().Logout().ok());
  EXPECT_THAT(OrThrow(session().Find({})), IsEmpty());
  const auto key = session().GenerateAes256(MessagePolicy());
  EXPECT_TRUE(absl::IsPermissionDenied(key.status())) << key.status();
  EXPECT_THAT(Message(key.status()), HasSubstr("CKR_USER_NOT_LOGGED_IN"));
}

TEST_F(SessionTest, RandomBytes) {
  EXPECT_EQ(OrThrow(session().Random(0)), "");
  EXPECT_EQ(OrThrow(session().Random(12)).size(), 12u);
  EXPECT_NE(OrThrow(session().Random(32)), OrThrow(session().Random(32)));
}

TEST_F(SessionTest, FindsByEveryPartOfTheFilter) {
  const auto aes = OrThrow(session().GenerateAes256(OnToken(MessagePolicy())));
  const auto pair =
      OrThrow(session().GenerateP256(OnToken(SigningPolicy()), OnToken(VerifyingPolicy())));
  const auto fleeting = OrThrow(session().GenerateAes256(DerivePolicy()));
  EXPECT_THAT(OrThrow(session().Find({})),
              UnorderedElementsAre(aes, pair.public_key, pair.private_key));
  EXPECT_THAT(OrThrow(session().Find({.token_objects_only = false})),
              UnorderedElementsAre(aes, pair.public_key, pair.private_key, fleeting));
  EXPECT_THAT(OrThrow(session().Find({.label = "signing"})),
              UnorderedElementsAre(pair.public_key, pair.private_key));
  EXPECT_THAT(OrThrow(session().Find({.id = "m1"})), UnorderedElementsAre(aes));
  EXPECT_EQ(OrThrow(session().FindOne({.label = "signing", .object_class = "private"})),
            pair.private_key);
  EXPECT_EQ(OrThrow(session().FindOne({.object_class = "public"})), pair.public_key);
  EXPECT_EQ(OrThrow(session().FindOne({.object_class = "secret"})), aes);
  EXPECT_TRUE(absl::IsInvalidArgument(session().Find({.object_class = "data"}).status()));
}

TEST_F(SessionTest, FindOneSaysWhatItLookedFor) {
  const auto none = session().FindOne({.label = "bdk", .id = "\x01\x02", .object_class = "secret"});
  EXPECT_TRUE(absl::IsNotFound(none.status()));
  EXPECT_THAT(Message(none.status()), HasSubstr("no secret key labelled 'bdk' with ID 0102"));
  ASSERT_TRUE(session().GenerateAes256(OnToken(MessagePolicy())).ok());
  ASSERT_TRUE(session().GenerateAes256(OnToken(MessagePolicy())).ok());
  const auto two = session().FindOne({.label = "message"});
  EXPECT_TRUE(absl::IsFailedPrecondition(two.status()));
  EXPECT_THAT(Message(two.status()), HasSubstr("the token has 2 of: object labelled 'message'"));
}

TEST_F(SessionTest, FindsMoreObjectsThanOneCallReturns) {
  for (int i = 0; i < 150; ++i) ASSERT_TRUE(session().GenerateAes256(MessagePolicy()).ok());
  EXPECT_EQ(OrThrow(session().Find({.token_objects_only = false})).size(), 150u);
}

TEST_F(SessionTest, DestroyedObjectsAreGone) {
  const auto key = OrThrow(session().GenerateAes256(OnToken(MessagePolicy())));
  ASSERT_TRUE(session().Destroy(key).ok());
  EXPECT_THAT(OrThrow(session().Find({})), IsEmpty());
  EXPECT_TRUE(absl::IsNotFound(session().Destroy(key)));
  EXPECT_TRUE(absl::IsNotFound(session().Describe(key).status()));
  const auto sealed = session().EncryptGcm(key, std::string(12, 'n'), "aad", "text");
  EXPECT_TRUE(absl::IsNotFound(sealed.status())) << sealed.status();
  CloseSession();
  token().Unload();
  ASSERT_TRUE(token().Reload().ok());
  OpenSession();
  EXPECT_THAT(OrThrow(session().Find({})), IsEmpty());
}

TEST_F(SessionTest, TokenObjectsOutliveTheProcessAndSessionObjectsTheirSessionDoNot) {
  ASSERT_TRUE(session().GenerateAes256(OnToken(MessagePolicy())).ok());
  ASSERT_TRUE(session().GenerateAes256(DerivePolicy()).ok());
  const auto second = OrThrow(token().LoggedIn());
  CloseSession();
  EXPECT_EQ(OrThrow(second->Find({.token_objects_only = false})).size(), 1u);
  EXPECT_TRUE(second->FindOne({.label = "message", .id = "m1"}).ok());
}

TEST_F(SessionTest, ScopedObjectsEndWithTheirScope) {
  const pkcs11::ObjectFilter all{.token_objects_only = false};
  {
    pkcs11::ScopedObject first(session(), OrThrow(session().GenerateAes256(MessagePolicy())));
    pkcs11::ScopedObject moved(std::move(first));
    EXPECT_EQ(OrThrow(session().Find(all)).size(), 1u);
    EXPECT_EQ(OrThrow(session().Find(all))[0], moved.get());
    // Assignment destroys what was there.
    moved = pkcs11::ScopedObject(session(), OrThrow(session().GenerateAes256(MessagePolicy())));
    EXPECT_THAT(OrThrow(session().Find(all)), UnorderedElementsAre(moved.get()));
    const pkcs11::ScopedObject nothing;
    EXPECT_EQ(nothing.get(), 0u);
  }
  EXPECT_THAT(OrThrow(session().Find(all)), IsEmpty());
}

TEST_F(SessionTest, RefusedMessagesLeaveTheSessionUsable) {
  const auto key = OrThrow(session().GenerateAes256(MessagePolicy()));
  const std::string nonce(12, 'n');
  std::string sealed = OrThrow(session().EncryptGcm(key, nonce, "aad", "text"));
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  const auto opened = session().DecryptGcm(key, nonce, "aad", sealed);
  EXPECT_EQ(opened.status(), absl::UnauthenticatedError("message refused"));
  ExpectSessionUsable();
  EXPECT_TRUE(absl::IsInvalidArgument(session().EncryptGcm(key, "short", "aad", "t").status()));
  ExpectSessionUsable();
}

}  // namespace
}  // namespace signet::testing
