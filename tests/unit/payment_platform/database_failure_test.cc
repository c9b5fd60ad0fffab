// What SQLSTATEs mean, and which servers a connection string names: as tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/payment_platform/store/postgres/failure.h"
#include "services/payment_platform/store/postgres/server_list.h"

namespace signet::payment_platform {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Meaning {
  const char* sqlstate;
  absl::StatusCode code;
  bool run_again = false;
  bool leave = false;
  Need need = Need::kConnection;
};

TEST(DatabaseFailure, EachSqlstateHasOneMeaning) {
  using absl::StatusCode;
  constexpr Meaning kTable[] = {
      {"08000", StatusCode::kUnavailable, true, true},
      {"08006", StatusCode::kUnavailable, true, true},
      {"23505", StatusCode::kAlreadyExists},
      {"23514", StatusCode::kFailedPrecondition},
      {"23503", StatusCode::kFailedPrecondition},
      {"25006", StatusCode::kUnavailable, true, true, Need::kWritable},
      {"25P02", StatusCode::kInternal},
      {"25P03", StatusCode::kUnavailable},
      {"26000", StatusCode::kUnavailable, true, true, Need::kSession},
      {"40001", StatusCode::kAborted, true},
      {"40P01", StatusCode::kAborted, true},
      {"40003", StatusCode::kUnavailable},
      {"42501", StatusCode::kFailedPrecondition},
      {"42601", StatusCode::kInternal},
      {"42P05", StatusCode::kUnavailable, true, true, Need::kSession},
      {"53100", StatusCode::kUnavailable},
      {"53300", StatusCode::kUnavailable},
      {"55P03", StatusCode::kUnavailable},
      {"57014", StatusCode::kUnavailable},
      {"57P01", StatusCode::kUnavailable, true, true},
      {"57P02", StatusCode::kUnavailable, true, true},
      {"57P03", StatusCode::kUnavailable, true, true},
      {"57P04", StatusCode::kUnavailable, true, true},
      {"57P05", StatusCode::kUnavailable, true, true},
      {"XX001", StatusCode::kInternal},
      {"", StatusCode::kInternal},
  };
  for (const Meaning& row : kTable) {
    const absl::Status status = FromSqlstate(row.sqlstate, "ERROR:  why\nDETAIL:  Key (a)=(b)");
    EXPECT_EQ(status.code(), row.code) << row.sqlstate;
    EXPECT_EQ(IsRetryable(status), row.run_again) << row.sqlstate;
    EXPECT_EQ(LeavesServer(status), row.leave) << row.sqlstate;
    EXPECT_EQ(NeedOf(status), row.need) << row.sqlstate;
    EXPECT_EQ(IsOutcomeUnknown(status), row.sqlstate == std::string("40003")) << row.sqlstate;
    EXPECT_THAT(std::string(status.message()), HasSubstr("why")) << row.sqlstate;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("Key"))) << row.sqlstate;
  }
}

// What libpq may have done is never run again; a server that does not vouch for it is left.
TEST(DatabaseFailure, ADoubtIsNeverRunAgain) {
  for (const Doubt doubt : kDoubts) {
    const absl::Status status = OutcomeUnknown(doubt, "why");
    EXPECT_TRUE(absl::IsUnavailable(status));
    EXPECT_TRUE(IsOutcomeUnknown(status));
    EXPECT_EQ(DoubtOf(status), doubt);
    EXPECT_FALSE(IsRetryable(status)) << DoubtName(doubt);
    EXPECT_EQ(LeavesServer(status), doubt == Doubt::kNoAnswer || doubt == Doubt::kWarning);
  }
  EXPECT_TRUE(IsRetryable(ConnectionLost("why")));
  EXPECT_FALSE(LeavesServer(ConnectionLost("why")));
}

TEST(ServerList, NamesEachServerOfAConnectionString) {
  struct Row {
    const char* text;
    std::vector<std::string> servers;  // "host:port"
    const char* connect_timeout;
  };
  const Row kTable[] = {
      {"dbname=x", {":"}, "5"},
      {"host=/run/pg dbname=x", {"/run/pg:"}, "5"},
      {"host=a,b,c port=5432 dbname=x", {"a:5432", "b:5432", "c:5432"}, "2"},
      {"host=a,b port=1,2", {"a:1", "b:2"}, "2"},
      {"host=a,b connect_timeout=7", {"a:", "b:"}, "7"},
      {"postgresql://u@a:1,b:2/db?connect_timeout=9", {"a:1", "b:2"}, "9"},
      {"host=a password='connect_timeout=1'", {"a:"}, "5"},
  };
  for (const Row& row : kTable) {
    const auto servers = ServersOf(row.text);
    ASSERT_TRUE(servers.ok()) << servers.status();
    std::vector<std::string> found;
    for (ServerParameters server : *servers) {
      found.push_back(server["host"] + ":" + server["port"]);
      EXPECT_EQ(server["connect_timeout"], row.connect_timeout) << row.text;
      EXPECT_EQ(server["application_name"], "signet-platform");
      EXPECT_EQ(server["tcp_user_timeout"], "10000");
      EXPECT_FALSE(server.contains("options")) << "a pooler would refuse it";
    }
    EXPECT_EQ(found, row.servers) << row.text;
  }
  for (const char* wrong : {"host=a,b port=1,2,3", "host=a,b hostaddr=127.0.0.1", "nonsense",
                            "host=a unknown_word=1"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ServersOf(wrong).status())) << wrong;
  }
}

TEST(ServerList, WhoLeavesAServerLeavesItForAll) {
  ServerList list("host=a,b");
  const uint64_t first = list.choice();
  EXPECT_EQ(list.server(first).at("host"), "a");
  list.Leave(first);
  list.Leave(first);  // another connection, which found the same
  EXPECT_EQ(list.server(list.choice()).at("host"), "b");
  list.Settle(list.choice() + 1);  // b did not answer, a does
  EXPECT_EQ(list.server(list.choice()).at("host"), "a");
  ServerList single("host=a");
  const uint64_t before = single.choice();
  single.Leave(before);
  EXPECT_NE(single.choice(), before);
  EXPECT_EQ(single.server(single.choice()).at("host"), "a");
}

}  // namespace
}  // namespace signet::payment_platform
