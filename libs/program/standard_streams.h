// What a program says on stdout, kept apart from what it does: trouble with the first is never told
// as trouble with the second.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace signet::serving {

// A reader that has gone away (SIGPIPE) is an error of that write from then on, not the end of the
// process. (Before main, in each program that is linked with this: a descriptor of stdin, stdout or
// stderr that is closed is opened on /dev/null, the wrong way round: no socket and no file takes
// its number, and its use still fails.)
void PrepareStandardStreams();

// FAILED_PRECONDITION where stdout is known to take nothing: it is closed, or nobody reads it. A
// full disk shows only when it is written to. For deeds whose answer cannot be had again.
absl::Status CheckStdout();

// Flushes stdout. Where it did not take all that was written: DATA_LOSS, exit code kOutputLost,
// with what was done ("payment 00000001-0000002a is made"; empty for what only tells something).
absl::Status FlushStdout(const std::string& done);

// The lines of a command that say what it has done: prints and flushes them.
absl::Status TellDone(const std::vector<std::string>& lines);

}  // namespace signet::serving
