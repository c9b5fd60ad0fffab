#include "services/payment_platform/store/evidence_store.h"

#include <utility>

#include "services/payment_platform/store/postgres/fields.h"

namespace signet::payment_platform {
namespace {

constexpr Statement kEvidencePage = {
    "evidence_page",
    "SELECT p.device_id, p.counter, p.state, p.created_at_unix_ms, p.instruction_header,"
    " p.instruction_body, p.instruction_signature, p.confirmation_header, p.confirmation_body,"
    " p.confirmation_signature, d.certificate_der"
    " FROM payment p LEFT JOIN device d USING (device_id)"
    " WHERE (p.device_id, p.counter) > ($1, $2) ORDER BY p.device_id, p.counter LIMIT $3"};

StoredEvidence ReadEvidence(const pqxx::row& row) {
  StoredEvidence evidence;
  evidence.id = PaymentIdOf(row);
  evidence.state = static_cast<payments::v1::PaymentState>(row["state"].as<int>());
  evidence.created_at_unix_ms = row["created_at_unix_ms"].as<int64_t>();
  evidence.instruction = {"", Bytes(row["instruction_header"]), Bytes(row["instruction_body"]),
                          Bytes(row["instruction_signature"])};
  evidence.confirmation = {"", Bytes(row["confirmation_header"]), Bytes(row["confirmation_body"]),
                           Bytes(row["confirmation_signature"])};
  evidence.certificate_der = Bytes(row["certificate_der"]);
  return evidence;
}

size_t SizeOf(const StoredEvidence& evidence) {
  return evidence.instruction.header.size() + evidence.instruction.body.size() +
         evidence.confirmation.header.size() + evidence.confirmation.body.size() +
         evidence.certificate_der.size();
}

}  // namespace

absl::StatusOr<std::vector<StoredEvidence>> ListEvidence(Database& database, PaymentId after,
                                                         size_t limit, size_t max_bytes) {
  std::vector<StoredEvidence> page;
  const absl::Status status = database.RunReadOnly([&](pqxx::transaction_base& transaction) {
    page.clear();
    size_t bytes = 0;
    for (const auto& row : Execute(transaction, kEvidencePage, int64_t{after.device_id},
                                   int64_t{after.counter}, static_cast<int64_t>(limit))) {
      StoredEvidence evidence = ReadEvidence(row);
      bytes += SizeOf(evidence);
      if (!page.empty() && bytes > max_bytes) break;
      page.push_back(std::move(evidence));
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return page;
}

}  // namespace signet::payment_platform
