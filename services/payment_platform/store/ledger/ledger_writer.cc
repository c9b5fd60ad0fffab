#include "services/payment_platform/store/ledger/ledger_writer.h"

#include <utility>
#include <vector>

#include "libs/digests/digests.h"
#include "services/payment_platform/store/ledger/ledger_sql.h"
#include "services/payment_platform/store/ledger/payment_rows.h"

namespace signet::payment_platform {

namespace {

// Queues a batch's statements, and knows how many rows each must change.
class BatchWriter {
 public:
  BatchWriter(Pipeline& pipeline, const WorkingSet& ledger, int64_t now_ms)
      : pipeline_(pipeline), ledger_(ledger), changes_(ledger.changes()), now_ms_(now_ms) {}

  ChainHead Queue(const ChainHead& head) {
    RaiseCounters();
    InsertAccounts();
    UpdateBalances();
    if (!changes_.new_payments.empty()) {
      Add(ledger_sql::kInsertPayments, Parameters().Rows(NewPaymentRows(ledger_)),
          changes_.new_payments.size(), "new payments");
    }
    if (!changes_.updated_payments.empty()) {
      Add(ledger_sql::kUpdatePayments, Parameters().Rows(PaymentCompletionRows(ledger_)),
          changes_.updated_payments.size(), "payments");
    }
    InsertAudit();
    return AppendJournal(head);
  }

  absl::Status Send() {
    const std::vector<Rows> answers = pipeline_.Send();
    for (size_t i = 0; i < expected_.size(); ++i) {
      const auto& [count, what] = expected_[i];
      if (answers[i].affected() == count) continue;
      return absl::InternalError("the ledger changed " + std::to_string(answers[i].affected()) +
                                 " " + what + " where it should have changed " +
                                 std::to_string(count));
    }
    return absl::OkStatus();
  }

 private:
  void Add(const Statement& statement, Parameters parameters, size_t rows, const char* what) {
    pipeline_.Queue(statement, std::move(parameters));
    expected_.emplace_back(rows, what);
  }

  void RaiseCounters() {
    if (changes_.devices.empty()) return;
    ColumnParameter devices(SqlType::kBigint);
    ColumnParameter counters(SqlType::kBigint);
    for (const uint32_t id : changes_.devices) {
      devices.Add(int64_t{id});
      counters.Add(int64_t{ledger_.FindDevice(id)->highest_counter});
    }
    Add(ledger_sql::kRaiseCounters,
        Parameters().Column(std::move(devices)).Column(std::move(counters)),
        changes_.devices.size(), "devices");
  }

  void InsertAccounts() {
    if (changes_.opened_accounts.empty()) return;
    RowsParameter rows;  // what is posted to them comes with the balances
    for (const int64_t id : changes_.opened_accounts) {
      const Account& account = *ledger_.FindAccount(id);
      rows.BeginRow();
      rows.Add(SqlType::kBigint, account.id);
      rows.Add(SqlType::kText, account.handle);
      rows.Add(SqlType::kText, account.name);
      rows.Add(SqlType::kSmallint, static_cast<int64_t>(account.kind));
      rows.Add(SqlType::kSmallint, static_cast<int64_t>(account.state));
      rows.Add(SqlType::kText, account.currency_code);
      rows.AddOrNull(SqlType::kBigint, account.floor_minor);
      rows.Add(SqlType::kBigint, account.payment_limit_minor);
      rows.Add(SqlType::kBigint, now_ms_);
    }
    Add(ledger_sql::kInsertAccounts, Parameters().Rows(std::move(rows)),
        changes_.opened_accounts.size(), "new accounts");
  }

  void UpdateBalances() {
    if (changes_.accounts.empty()) return;
    ColumnParameter ids(SqlType::kBigint);
    ColumnParameter posted(SqlType::kBigint);
    ColumnParameter reserved(SqlType::kBigint);
    for (const auto& [id, delta] : changes_.accounts) {
      ids.Add(id);
      posted.Add(delta.posted_minor);
      reserved.Add(delta.reserved_minor);
    }
    Add(ledger_sql::kUpdateBalances,
        Parameters().Column(std::move(ids)).Column(std::move(posted)).Column(std::move(reserved)),
        changes_.accounts.size(), "accounts");
  }

  void InsertAudit() {
    if (changes_.audit.empty()) return;
    ColumnParameter operators(SqlType::kText);
    ColumnParameter actions(SqlType::kText);
    ColumnParameter subjects(SqlType::kText);
    for (const AuditRecord& record : changes_.audit) {
      operators.Add(record.operator_name);
      actions.Add(record.action);
      subjects.Add(record.subject);
    }
    Add(ledger_sql::kInsertAudit,
        Parameters()
            .Bigint(now_ms_)
            .Column(std::move(operators))
            .Column(std::move(actions))
            .Column(std::move(subjects)),
        changes_.audit.size(), "audit records");
  }

  void InsertEntries(const ChainHead& next) {
    if (changes_.entries.empty()) return;
    RowsParameter rows;
    int64_t line = 0;
    for (const Entry& entry : changes_.entries) {
      rows.BeginRow();
      rows.Add(SqlType::kInteger, next.chain);
      rows.Add(SqlType::kBigint, next.sequence);
      rows.Add(SqlType::kInteger, ++line);
      rows.Add(SqlType::kBigint, entry.account_id);
      rows.Add(SqlType::kBigint, entry.amount_minor);
      rows.Add(SqlType::kBigint, entry.posted_after_minor);
      if (entry.payment.has_value()) {
        rows.Add(SqlType::kBigint, int64_t{entry.payment->device_id});
        rows.Add(SqlType::kBigint, int64_t{entry.payment->counter});
      } else {
        rows.AddNull(SqlType::kBigint);
        rows.AddNull(SqlType::kBigint);
      }
    }
    Add(ledger_sql::kInsertEntries, Parameters().Rows(std::move(rows)), changes_.entries.size(),
        "entries");
  }

  ChainHead AppendJournal(const ChainHead& head) {
    if (changes_.journal.events().empty()) return head;
    std::string batch = changes_.journal.SerializeAsString();
    ChainHead next{head.chain, head.sequence + 1, JournalDigest(head.hash, batch)};
    InsertEntries(next);
    Add(ledger_sql::kInsertJournal,
        Parameters()
            .Integer(next.chain)
            .Bigint(next.sequence)
            .Bytes(head.hash)
            .Bytes(next.hash)
            .Bytes(std::move(batch))
            .Bigint(now_ms_),
        1, "journal rows");
    return next;
  }

  Pipeline& pipeline_;
  const WorkingSet& ledger_;
  const Changes& changes_;
  const int64_t now_ms_;
  std::vector<std::pair<size_t, const char*>> expected_;  // one a statement
};

}  // namespace

ChainHead ReadChainHead(Pipeline& pipeline, int chain) {
  ChainHead head;
  head.chain = chain;
  const Rows rows = pipeline.Execute(ledger_sql::kChainHead, Parameters().Integer(chain));
  if (rows.size() == 0) return head;
  FieldReader field(rows, 0);
  head.sequence = field.Next();
  head.hash = field.NextBytes();
  return head;
}

absl::StatusOr<ChainHead> WriteBatch(Pipeline& pipeline, const WorkingSet& ledger,
                                     const ChainHead& head, int64_t now_ms) {
  if (ledger.changes().empty()) return head;
  BatchWriter writer(pipeline, ledger, now_ms);
  ChainHead next = writer.Queue(head);
  absl::Status written = writer.Send();
  if (!written.ok()) return written;
  return next;
}

}  // namespace signet::payment_platform
