#include "tests/bench/measure/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signet::bench {
namespace {

using ::testing::HasSubstr;

Report EmptyReport() { return Report::Load("/nonexistent/report.json").value(); }

TEST(Report, KeepsTheDigitsThatCount) {
  Report report = EmptyReport();
  report.Set("large", 12345.678);
  report.Set("small", 0.00123456);
  report.Set("none", 0);
  EXPECT_EQ(report.Find("large"), 12346);
  EXPECT_EQ(report.Find("small"), 0.001235);
  EXPECT_EQ(report.Find("none"), 0);
}

TEST(Report, ARatioNeedsWhatItIsTo) {
  Report report = EmptyReport();
  report.SetRatio("ratio", 10, "missing");
  EXPECT_EQ(report.Find("ratio"), std::nullopt);
  report.Set("zero", 0);
  report.SetRatio("ratio", 10, "zero");
  EXPECT_EQ(report.Find("ratio"), std::nullopt);
  report.Set("four", 4);
  report.SetRatio("ratio", 10, "four");
  EXPECT_EQ(report.Find("ratio"), 2.5);
  EXPECT_THAT(report.Table(), HasSubstr("ratio"));
}

TEST(Report, SaysWhereItCannotBeSaved) {
  EXPECT_THAT(std::string(EmptyReport().Save().message()), HasSubstr("/nonexistent/report.json"));
}

}  // namespace
}  // namespace signet::bench
