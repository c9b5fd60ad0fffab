// Whether a payment could be booked in a session: looked at when it is opened, and by the
// platform's monitor every second. Reads a few settings; writes nothing.
#pragma once

#include "absl/status/status.h"
#include "services/payment_platform/store/postgres/session.h"

namespace signet::payment_platform {

// A status names the need (NeedOf), what is wrong and the remedy.
//   FAILED_PRECONDITION  a setting that stays as it is until somebody changes it
//   UNAVAILABLE          what passes: a standby that is promoted, or comes back

// Through a pooler only: has each session a server process of its own? Opens some more for it.
absl::Status CheckOwnsItsSession(Session& session, const ServerParameters& server);
// Writable; fsync and the like; a synchronous standby that streams, where one is asked for.
absl::Status CheckServer(Session& session, bool require_synchronous_standby);
// The ledger's tables are those of this program or newer, and its user may write them.
absl::Status CheckSchema(Session& session, int version);

}  // namespace signet::payment_platform
