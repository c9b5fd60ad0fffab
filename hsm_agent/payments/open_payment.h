// The open payment, and the one closed last, as the agent's state holds them.
#pragma once

#include <cstdint>
#include <string>

#include "hsm_agent/payments/payment_checks.h"
#include "hsm_agent/state_file.h"
#include "signet/device/v1/device_agent.pb.h"

namespace signet::hsm_agent {

// state must outlive this. Only where the device is enrolled.
class OpenPayment {
 public:
  explicit OpenPayment(const StateFile& state) : state_(state) {}

  std::string IdOf(uint32_t counter) const;
  bool Is(const std::string& payment_id) const;
  bool IsLastClosed(const std::string& payment_id) const;
  // What was approved; while a payment is open.
  ApprovedPayment Approved() const;
  // Empty where no payment is open.
  device::v1::DescribeOpenPaymentResponse Describe() const;

 private:
  const StateFile& state_;
};

}  // namespace signet::hsm_agent
