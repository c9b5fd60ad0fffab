#include "services/payment_platform/store/ledger/ledger_loader.h"

#include <string>
#include <utility>

#include "services/payment_platform/domain/needs.h"
#include "services/payment_platform/store/ledger/ledger_sql.h"

namespace signet::payment_platform {

namespace {

template <typename Integers>
ColumnParameter BigintColumn(const Integers& integers) {
  ColumnParameter column(SqlType::kBigint);
  for (const auto value : integers) column.Add(int64_t{value});
  return column;
}

ColumnParameter TextColumn(const std::set<std::string>& texts) {
  ColumnParameter column(SqlType::kText);
  for (const std::string& text : texts) column.Add(text);
  return column;
}

template <typename Read>
void LoadEach(const Rows& rows, WorkingSet& ledger, const Read& read) {
  for (int row = 0; row < rows.size(); ++row) {
    FieldReader field(rows, row);
    ledger.Load(read(field));
  }
}

void PrepareAccounts(Pipeline& pipeline, const Needs& needs, int64_t now_ms, WorkingSet& ledger) {
  if (!needs.system_currencies.empty()) {
    ColumnParameter handles(SqlType::kText);
    for (const std::string& currency : needs.system_currencies) {
      handles.Add(SystemAccountHandle(currency));
    }
    pipeline.Queue(ledger_sql::kMakeSystemAccounts, Parameters()
                                                        .Column(std::move(handles))
                                                        .Column(TextColumn(needs.system_currencies))
                                                        .Bigint(now_ms));
  }
  if (needs.new_accounts == 0) return;
  const Rows rows = pipeline.Execute(
      ledger_sql::kTakeAccountIds, Parameters().Integer(static_cast<int32_t>(needs.new_accounts)));
  std::vector<int64_t> ids;
  ids.reserve(needs.new_accounts);
  for (int row = 0; row < rows.size(); ++row) ids.push_back(rows.Integer(row, 0));
  ledger.LoadFreeAccountIds(std::move(ids));
}

// Payments are read by a statement that begins once their devices are locked: it sees what whoever
// held the lock before has committed.
void LoadDevicesAndPayments(Pipeline& pipeline, const Needs& needs, WorkingSet& ledger) {
  if (needs.locked_devices.empty()) return;  // then there are no payments either
  ColumnParameter devices(SqlType::kBigint);
  ColumnParameter counters(SqlType::kBigint);
  for (const PaymentId id : needs.payments) {
    devices.Add(int64_t{id.device_id});
    counters.Add(int64_t{id.counter});
  }
  const size_t locked = pipeline.Queue(ledger_sql::kLockDevices,
                                       Parameters().Column(BigintColumn(needs.locked_devices)));
  const size_t read =
      pipeline.Queue(ledger_sql::kReadPayments,
                     Parameters().Column(std::move(devices)).Column(std::move(counters)));
  const std::vector<Rows> answers = pipeline.Send();
  LoadEach(answers[locked], ledger, ReadDevice<FieldReader>);
  LoadEach(answers[read], ledger, ReadPayment<FieldReader>);
}

void LoadAccounts(Pipeline& pipeline, const AccountNeeds& needs, WorkingSet& ledger) {
  if (!needs.read_ids.empty()) {
    pipeline.Queue(ledger_sql::kReadAccounts, Parameters().Column(BigintColumn(needs.read_ids)));
  }
  if (!needs.read_handles.empty()) {
    pipeline.Queue(ledger_sql::kReadAccountsByHandle,
                   Parameters().Column(TextColumn(needs.read_handles)));
  }
  if (!needs.locked_ids.empty() || !needs.locked_handles.empty()) {
    pipeline.Queue(ledger_sql::kLockAccounts, Parameters()
                                                  .Column(BigintColumn(needs.locked_ids))
                                                  .Column(TextColumn(needs.locked_handles)));
  }
  // What is locked replaces what was read.
  for (const Rows& rows : pipeline.Send()) {
    LoadEach(rows, ledger, ReadAccount<FieldReader>);
  }
}

}  // namespace

WorkingSet LoadBatch(Pipeline& pipeline, const std::vector<Command>& commands, int64_t now_ms) {
  WorkingSet ledger;
  const Needs needs = NeedsOf(commands);
  PrepareAccounts(pipeline, needs, now_ms, ledger);
  LoadDevicesAndPayments(pipeline, needs, ledger);
  LoadAccounts(pipeline, AccountNeedsOf(commands, ledger), ledger);
  return ledger;
}

}  // namespace signet::payment_platform
