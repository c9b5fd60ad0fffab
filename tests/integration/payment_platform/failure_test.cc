#include <thread>

#include "tests/integration/payment_platform/ledger_fixture.h"

namespace signet::payment_platform {
namespace {

using namespace signet::testing;  // messages

class FailureTest : public LedgerIntegrationTest {
 protected:
  // A writer waits for a lock that the test holds.
  void AwaitBlockedWriter() {
    const std::string query =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'";
    while (Sql(query) == "0") std::this_thread::yield();
  }
};

TEST_F(FailureTest, LostConnectionsAreReplacedAndNothingHappensTwice) {
  constexpr uint32_t kPayments = 60;
  StartBatcher(2, {.max_batch = 4});
  std::atomic<uint32_t> done{0};
  std::vector<std::thread> payers;
  for (uint32_t device = 1; device <= 4; ++device) {
    payers.emplace_back([this, device, &done] {
      for (uint32_t counter = 1; counter <= kPayments / 4; ++counter) {
        const Message instruction = Instruction({device, counter}, {.amount_minor = 100});
        const Outcome authorized = SubmitUntilKnown(instruction);
        const Outcome receipt = SubmitUntilKnown(Confirmation(instruction, authorized.answer.body));
        EXPECT_EQ(ReceiptOf(receipt).amount().amount_minor(), 100) << receipt.status;
        ++done;
      }
    });
  }
  int terminated = 0;
  while (done < kPayments) terminated += TerminateOthers();
  for (std::thread& payer : payers) payer.join();
  EXPECT_GT(terminated, 0);
  EXPECT_EQ(Sql("SELECT posted_minor FROM account WHERE handle = 'corner-coffee'"), "6000");
  EXPECT_EQ(Sql("SELECT count(*) FROM payment WHERE state = 2"), "60");
  ExpectSoundBooks();
}

// The journal has no link of it: nothing was done, and so it is done again, as often as any.
TEST_F(FailureTest, ACommitThatWasLostIsLookedUpAndRunAgain) {
  ASSERT_TRUE(TrySql("CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                     " PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;"
                     " CREATE CONSTRAINT TRIGGER die AFTER INSERT ON payment"
                     " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()")
                  .ok());
  const Message instruction = Instruction({1, 1});
  const Outcome lost = Submit(instruction);
  EXPECT_TRUE(absl::IsUnavailable(lost.status)) << lost.status;
  EXPECT_FALSE(IsOutcomeUnknown(lost.status)) << lost.status;
  EXPECT_TRUE(HasMetric("signet_db_commits_in_doubt_total{reason=\"connection_lost\"} 3"));
  EXPECT_TRUE(HasMetric("signet_db_doubts_total{finding=\"not_committed\"} 3"));
  EXPECT_TRUE(HasMetric("signet_db_retries_total{reason=\"connection_lost\"} 2"));
  ASSERT_TRUE(TrySql("DROP TRIGGER die ON payment").ok());
  EXPECT_EQ(AuthorizationOf(Submit(instruction)).amount().amount_minor(), 1250);
  ExpectSoundBooks();
}

TEST_F(FailureTest, DeadIdleConnectionIsReplacedWithoutTheCallerSeeingIt) {
  EXPECT_TRUE(Submit(Instruction({1, 1})).status.ok());
  EXPECT_EQ(TerminateOthers(), 1);
  EXPECT_TRUE(Submit(Instruction({1, 2})).status.ok());
  EXPECT_TRUE(HasMetric("signet_db_retries_total{reason=\"connection_lost\"} 1"));
  ExpectSoundBooks();
}

TEST_F(FailureTest, StoppedDatabaseIsUnavailableAndComesBack) {
  const Message instruction = Instruction({1, 1});
  const Outcome before = Submit(instruction);
  EXPECT_TRUE(HasMetric("signet_db_up 1"));
  EXPECT_TRUE(HasMetric("signet_db_transaction_seconds_count 3"));
  postgres_->Stop();
  const Outcome down = Submit(Instruction({1, 2}));
  EXPECT_TRUE(absl::IsUnavailable(down.status)) << down.status;
  EXPECT_FALSE(IsOutcomeUnknown(down.status));
  EXPECT_TRUE(HasMetric("signet_db_up 0"));
  EXPECT_TRUE(HasMetric("signet_db_transaction_seconds_count 3"));  // a failure is no fast commit
  ASSERT_TRUE(postgres_->Restart().ok());
  sql_->Close();  // the test's own
  EXPECT_EQ(Submit(instruction).answer, before.answer);
  EXPECT_TRUE(Submit(Instruction({1, 2})).status.ok());
  ExpectSoundBooks();
}

TEST_F(FailureTest, PoisonedCommandFailsAlone) {
  ASSERT_TRUE(
      TrySql("ALTER TABLE payment ADD CONSTRAINT poison CHECK (reference <> 'poison')").ok());
  const std::unique_ptr<LedgerStore> store = NewStore();
  const std::vector<Outcome> outcomes =
      store->Execute({Instruction({1, 1}), Instruction({2, 1}, {.reference = "poison"}),
                      Instruction({3, 1}), AccountQuery({2, 2})});
  EXPECT_TRUE(outcomes[0].status.ok()) << outcomes[0].status;
  EXPECT_TRUE(absl::IsInternal(outcomes[1].status)) << outcomes[1].status;
  EXPECT_TRUE(outcomes[2].status.ok());
  EXPECT_TRUE(outcomes[3].status.ok());
  EXPECT_EQ(Sql("SELECT count(*) FROM payment"), "2");
  ExpectSoundBooks();
}

TEST_F(FailureTest, TextThatPostgresWouldHaveToQuoteIsKept) {
  const std::string odd = R"(a "quoted" \back\ {brace}, 'tick' NULL ü)";
  Submit(Instruction({1, 1}, {.reference = odd}));
  const auto summary = QueryResultOf(Submit(PaymentQuery({1, 2}, "00000001-00000001")));
  EXPECT_EQ(summary.payment().reference(), odd);
}

TEST_F(FailureTest, WhatArrivesDuringACommitIsTheNextBatch) {
  const int before = std::stoi(Sql("SELECT count(*) FROM journal"));
  Connection blocker(connection_string_ + " application_name=test");
  std::vector<std::promise<Outcome>> promises(51);
  const auto submit = [&](uint32_t counter) {
    EXPECT_TRUE(batcher_
                    ->Submit(Instruction({1, counter}, {.amount_minor = 1}),
                             [&promise = promises[counter - 1]](Outcome outcome) {
                               promise.set_value(std::move(outcome));
                             })
                    .ok());
  };
  ASSERT_TRUE(blocker
                  .Run([&](pqxx::transaction_base& transaction) {
                    transaction.exec("SELECT FROM device WHERE device_id = 1 FOR UPDATE");
                    submit(1);
                    AwaitBlockedWriter();
                    for (uint32_t counter = 2; counter <= 51; ++counter) submit(counter);
                    return absl::OkStatus();
                  })
                  .ok());
  for (auto& promise : promises) EXPECT_TRUE(promise.get_future().get().status.ok());
  EXPECT_EQ(std::stoi(Sql("SELECT count(*) FROM journal")), before + 2);
}

TEST_F(FailureTest, SecondWriterJoinsOnceAQuarterOfABatchWaits) {
  StartBatcher(2, {.max_batch = 8});
  const int before = std::stoi(Sql("SELECT count(*) FROM journal"));
  Connection blocker(connection_string_ + " application_name=test");
  std::promise<Outcome> promises[3];
  const auto submit = [&](uint32_t device) {
    EXPECT_TRUE(batcher_
                    ->Submit(Instruction({device, 1}, {.amount_minor = 1}),
                             [&promise = promises[device - 1]](Outcome outcome) {
                               promise.set_value(std::move(outcome));
                             })
                    .ok());
  };
  ASSERT_TRUE(blocker
                  .Run([&](pqxx::transaction_base& transaction) {
                    transaction.exec("SELECT FROM device WHERE device_id = 1 FOR UPDATE");
                    submit(1);
                    AwaitBlockedWriter();
                    submit(2);
                    submit(3);
                    // The first writer is still at work.
                    EXPECT_TRUE(promises[1].get_future().get().status.ok());
                    EXPECT_TRUE(promises[2].get_future().get().status.ok());
                    EXPECT_EQ(std::stoi(Sql("SELECT count(*) FROM journal")), before + 1);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_TRUE(promises[0].get_future().get().status.ok());
  ExpectSoundBooks();
}

TEST_F(FailureTest, FullQueueRefusesAtOnce) {
  StartBatcher(1, {.queue_limit = 4, .max_batch = 1});
  Connection blocker(connection_string_ + " application_name=test");
  std::vector<std::promise<Outcome>> promises(10);
  std::vector<absl::Status> submitted;
  ASSERT_TRUE(blocker
                  .Run([&](pqxx::transaction_base& transaction) {
                    transaction.exec("SELECT FROM device WHERE device_id = 1 FOR UPDATE");
                    for (uint32_t i = 0; i < promises.size(); ++i) {
                      submitted.push_back(
                          batcher_->Submit(Instruction({1, i + 1}, {.amount_minor = 1}),
                                           [&promise = promises[i]](Outcome outcome) {
                                             promise.set_value(std::move(outcome));
                                           }));
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  size_t refused = 0;
  for (size_t i = 0; i < promises.size(); ++i) {
    if (submitted[i].ok()) {
      EXPECT_TRUE(promises[i].get_future().get().status.ok());
    } else {
      EXPECT_TRUE(absl::IsResourceExhausted(submitted[i])) << submitted[i];
      ++refused;
    }
  }
  EXPECT_GE(refused, 5u);
  EXPECT_EQ(Sql("SELECT count(*) FROM payment"), std::to_string(promises.size() - refused));
  batcher_->Stop();
  EXPECT_TRUE(absl::IsUnavailable(batcher_->SubmitAndWait(AccountQuery({1, 99})).status));
}

TEST_F(FailureTest, EntriesJournalAndAuditAreWrittenOnce) {
  for (const std::string table : {"entry", "journal", "audit"}) {
    for (const std::string& statement :
         {"UPDATE " + table + (table == "audit" ? " SET operator = 'x'" : " SET chain = 9"),
          "DELETE FROM " + table, "TRUNCATE " + table}) {
      const absl::Status status = TrySql(statement);
      EXPECT_FALSE(status.ok()) << statement;
      EXPECT_NE(status.message().find("is written once"), std::string::npos) << status;
    }
  }
  ExpectSoundBooks();
}

}  // namespace
}  // namespace signet::payment_platform
