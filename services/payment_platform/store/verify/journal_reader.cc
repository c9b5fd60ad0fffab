#include "services/payment_platform/store/verify/journal_reader.h"

#include <utility>

#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "services/payment_platform/store/postgres/connection.h"

namespace signet::payment_platform {
namespace {

constexpr size_t kHashBytes = 32;  // SHA-256; all zero before a chain's first batch

constexpr Statement kChains = {"verify_chains",
                               "SELECT DISTINCT chain FROM journal ORDER BY chain"};
constexpr Statement kJournalPage = {
    "verify_journal_page",
    "SELECT sequence, previous_hash, hash, batch FROM journal"
    " WHERE chain = $1 AND sequence > $2 ORDER BY sequence LIMIT $3"};

class ChainReader {
 public:
  ChainReader(int chain, Findings* findings)
      : chain_(chain), hash_(kHashBytes, '\0'), findings_(findings) {}

  int64_t sequence() const { return sequence_; }

  StoredBatch Read(const pqxx::row& row) {
    const auto sequence = row["sequence"].as<int64_t>();
    const std::string previous = pqxx::binarystring(row["previous_hash"]).str();
    const std::string bytes = pqxx::binarystring(row["batch"]).str();
    std::string hash = pqxx::binarystring(row["hash"]).str();
    StoredBatch stored{chain_, sequence, {}};
    const bool parsed = stored.batch.ParseFromString(bytes);
    if (findings_ != nullptr) {
      const std::string where =
          "chain " + std::to_string(chain_) + ", batch " + std::to_string(sequence);
      if (sequence != sequence_ + 1) {
        findings_->Add(where + ": it follows batch " + std::to_string(sequence_) +
                       ", so batches are missing");
      } else if (previous != hash_) {
        findings_->Add(where + ": it is not chained to the batch before it");
      }
      if (JournalDigest(previous, bytes) != hash) {
        findings_->Add(where + ": its hash does not fit its contents");
      }
      if (!parsed) findings_->Add(where + ": its contents cannot be read");
    }
    sequence_ = sequence;
    hash_ = std::move(hash);
    return stored;
  }

 private:
  const int chain_;
  int64_t sequence_ = 0;
  std::string hash_;
  Findings* const findings_;
};

}  // namespace

absl::StatusOr<uint64_t> ReadJournal(pqxx::transaction_base& transaction, size_t page_batches,
                                     Findings* findings, const JournalPageFn& visit) {
  uint64_t batches = 0;
  for (const auto& chain_row : Execute(transaction, kChains)) {
    const int chain = chain_row["chain"].as<int>();
    ChainReader reader(chain, findings);
    for (;;) {
      const pqxx::result rows = Execute(transaction, kJournalPage, chain, reader.sequence(),
                                        static_cast<int64_t>(page_batches));
      std::vector<StoredBatch> page;
      for (const auto& row : rows) page.push_back(reader.Read(row));
      if (page.empty()) break;
      batches += page.size();
      SIGNET_RETURN_IF_ERROR(visit(page));
    }
  }
  return batches;
}

}  // namespace signet::payment_platform
