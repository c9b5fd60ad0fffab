// A device's columns, and how they are read.
#pragma once

#include "services/payment_platform/domain/device.h"

namespace signet::payment_platform {

#define SIGNET_DEVICE_COLUMNS "d.device_id, d.account_id, d.state, d.highest_counter"

// Fields: FieldReader of a pipeline, or RowReader of libpqxx. Leaves it behind them.
template <typename Fields>
Device ReadDevice(Fields& field) {
  Device device;
  device.id = field.template Next<uint32_t>();
  device.account_id = field.Next();
  device.state = field.template Next<DeviceState>();
  device.highest_counter = field.template Next<uint32_t>();
  return device;
}

}  // namespace signet::payment_platform
