// A check after a refusal: nothing was left in OpenSSL's error queue for an unrelated call to find.
#pragma once

#include <gtest/gtest.h>

#include "libs/openssl/error.h"

namespace signet::openssl {

inline void ExpectEmptyErrorQueue() {
  EXPECT_EQ(InternalFailure("queue").message(), "queue: no reason given");
}

}  // namespace signet::openssl
