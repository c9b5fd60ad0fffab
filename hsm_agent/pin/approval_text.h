// What a person reads at the PIN prompt. Pure.
#pragma once

#include <string>
#include <string_view>

#include "libs/base/money.h"

namespace signet::hsm_agent {

// The text as it is safe to show: control characters, line ends and those that turn the direction
// of writing (Unicode, Bidi_Control) become '?', and so does what is not UTF-8.
std::string DisplayText(std::string_view text);

// payee_name and payee: as verified by the platform.
std::string PaymentApproval(const Money& amount, std::string_view payee_name,
                            std::string_view payee, std::string_view reference);
std::string ConfirmationApproval(const Money& amount, std::string_view payee_name,
                                 std::string_view payee);
std::string EnrollmentApproval();
std::string UnlockApproval();

}  // namespace signet::hsm_agent
