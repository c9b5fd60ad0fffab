#include "services/crypto/refusal.h"

#include <gtest/gtest.h>

#include <set>

namespace signet::crypto {
namespace {

TEST(RefusalLogTest, SaysTheSameForEveryReasonAndCountsEach) {
  serving::Metrics metrics;
  RefusalLog log(metrics);
  std::set<std::string> names;
  for (size_t i = 0; i < kRefusals; ++i) {
    const auto refusal = static_cast<Refusal>(i);
    names.insert(RefusalName(refusal));
    const std::string series =
        std::string("signet_messages_rejected_total{reason=\"") + RefusalName(refusal) + "\"} ";
    EXPECT_NE(metrics.Serialize().find(series + "0\n"), std::string::npos) << series;
    const grpc::Status status = log.Refuse(refusal, 7);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(status.error_message(), "message refused");
    EXPECT_EQ(status.error_details(), "");
    EXPECT_NE(metrics.Serialize().find(series + "1\n"), std::string::npos) << series;
  }
  EXPECT_EQ(names.size(), kRefusals);
}

}  // namespace
}  // namespace signet::crypto
