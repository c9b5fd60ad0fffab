// What programs read of an error besides its code and its words. Pure.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace signet::serving {

// Attaches a member of the error's JSON object, such as "paymentId". An empty value leaves the
// error as it is. name: camelCase; not "code", "message" or "exitCode".
absl::Status WithDetail(absl::Status error, const std::string& name, const std::string& value);
// Empty where the error has no such detail.
std::string DetailOf(const absl::Status& error, const std::string& name);

// {"error":{"code":"NOT_FOUND","message":"…","exitCode":7,"paymentId":"…"}}: one line, without an
// end of line; the details sorted by name.
std::string ErrorJson(const absl::Status& error);

}  // namespace signet::serving
