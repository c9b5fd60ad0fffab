#include "hsm_agent/pin/approval_text.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace signet::hsm_agent {
namespace {

// Bytes of the UTF-8 sequence (RFC 3629, 3) that starts the text, 0 where none does.
size_t SequenceBytes(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  size_t bytes = 1;
  if (lead >= 0xC2 && lead <= 0xDF) bytes = 2;
  if (lead >= 0xE0 && lead <= 0xEF) bytes = 3;
  if (lead >= 0xF0 && lead <= 0xF4) bytes = 4;
  if (bytes == 1) return lead < 0x80 ? 1 : 0;
  if (bytes > text.size()) return 0;
  for (size_t i = 1; i < bytes; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 0;
  }
  return bytes;
}

uint32_t CodePoint(std::string_view sequence) {
  constexpr uint32_t kLeadMask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  uint32_t value = static_cast<unsigned char>(sequence.front()) & kLeadMask[sequence.size()];
  for (const char c : sequence.substr(1)) {
    value = value << 6 | (static_cast<unsigned char>(c) & 0x3F);
  }
  return value;
}

bool IsShowable(uint32_t code_point) {
  if (code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F)) return false;
  if (code_point == 0x061C || code_point == 0x200E || code_point == 0x200F) return false;
  if (code_point >= 0x2028 && code_point <= 0x202E) return false;
  return code_point < 0x2066 || code_point > 0x2069;
}

std::string Payee(std::string_view payee_name, std::string_view payee) {
  return absl::StrCat("to ", DisplayText(payee_name), " (", DisplayText(payee), ")");
}

}  // namespace

std::string DisplayText(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t bytes = SequenceBytes(text);
    if (bytes == 0 || !IsShowable(CodePoint(text.substr(0, bytes)))) {
      out.push_back('?');
    } else {
      out.append(text.substr(0, bytes));
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  return out;
}

std::string PaymentApproval(const Money& amount, std::string_view payee_name,
                            std::string_view payee, std::string_view reference) {
  std::string text = absl::StrCat("Pay ", FormatMoney(amount), "\n", Payee(payee_name, payee));
  if (!reference.empty()) absl::StrAppend(&text, "\nReference: ", DisplayText(reference));
  return text;
}

std::string ConfirmationApproval(const Money& amount, std::string_view payee_name,
                                 std::string_view payee) {
  return absl::StrCat("Confirm the payment of ", FormatMoney(amount), "\n",
                      Payee(payee_name, payee));
}

std::string EnrollmentApproval() { return "Make new keys and enroll this device"; }

std::string UnlockApproval() { return "Unlock this device's hardware module"; }

}  // namespace signet::hsm_agent
