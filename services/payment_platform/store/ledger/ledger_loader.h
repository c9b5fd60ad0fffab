// Loads what a batch needs, under its locks.
#pragma once

#include <cstdint>
#include <vector>

#include "services/payment_platform/domain/command.h"
#include "services/payment_platform/domain/working_set.h"
#include "services/payment_platform/store/postgres/pipeline.h"

namespace signet::payment_platform {

// Locks devices by ID, then the accounts whose balance may change by ID. Throws what pqxx throws.
WorkingSet LoadBatch(Pipeline& pipeline, const std::vector<Command>& commands, int64_t now_ms);

}  // namespace signet::payment_platform
