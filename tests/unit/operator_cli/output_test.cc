#include "operator_cli/output.h"

#include <sstream>

#include "gtest/gtest.h"
#include "libs/program/program.h"
#include "signet/platform/v1/operator.pb.h"

namespace signet::operator_cli {
namespace {

class OutputTest : public ::testing::Test {
 protected:
  Output Make(Output::Style style) { return {out_, err_, style}; }
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(OutputTest, AlignsARecord) {
  Make({}).Record({{"a", "1"}, {"long", "2"}});
  EXPECT_EQ(out_.str(), "a     1\nlong  2\n");
}

TEST_F(OutputTest, AlignsATableByCodePoints) {
  Make({}).Table({"NAME", "STATE"}, {{"Zoë Müller", "x"}, {"Bob", "y"}}, true);
  EXPECT_EQ(out_.str(), "NAME        STATE\nZoë Müller  x\nBob         y\n");
}

TEST_F(OutputTest, OneJsonObjectALine) {
  platform::v1::Device device;
  device.set_device_id("0000002a");
  device.set_name("Bob's \"phone\"\n");
  Make({.json = true}).Json(device, {{"activationCode", "ABC"}});
  EXPECT_EQ(out_.str(),
            "{\"deviceId\":\"0000002a\",\"account\":\"\",\"name\":\"Bob's \\\"phone\\\"\\n\","
            "\"state\":\"DEVICE_STATE_UNSPECIFIED\",\"highestCounter\":0,\"createdAtUnixMs\":\"0\","
            "\"enrolledAtUnixMs\":\"0\",\"activationCode\":\"ABC\"}\n");
}

TEST_F(OutputTest, ErrorsAreJsonOnlyWhereItIsAskedFor) {
  const absl::Status error = serving::WithExitCode(absl::NotFoundError("no account"),
                                                   serving::ExitCode::kNotFoundOrConflict);
  Make({}).Error(error);
  EXPECT_EQ(out_.str(), "");
  Make({.json = true}).Error(error);
  EXPECT_EQ(out_.str(),
            "{\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"no account\",\"exitCode\":7}}\n");
}

TEST_F(OutputTest, NotesAreForPeople) {
  Make({}).Note("hello");
  EXPECT_EQ(err_.str(), "hello\n");
  Make({.quiet = true}).Note("again");
  EXPECT_EQ(err_.str(), "hello\n");
  EXPECT_EQ(out_.str(), "");
}

TEST(WantsColorTest, NeverForAFile) { EXPECT_FALSE(WantsColor(false, -1)); }

TEST(PrintableTest, ReplacesControlCharactersAndKeepsUtf8) {
  EXPECT_EQ(Printable("a\x1b[1m\x7f\nü"), "a?[1m??ü");
}

TEST(FormatTimeTest, IsUtc) {
  EXPECT_EQ(FormatTime(1'700'000'000'000), "2023-11-14T22:13:20Z");
  EXPECT_EQ(FormatTime(0), "-");
}

}  // namespace
}  // namespace signet::operator_cli
