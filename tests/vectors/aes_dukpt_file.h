// A file of AES-DUKPT test vectors, in the format of tests/vectors/README.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/dukpt/derivation.h"

namespace signet::vectors {

struct WorkingKeyVector {
  std::string name;  // "data_encryption_3000"
  dukpt::KeyUsage usage = dukpt::KeyUsage::kDataEncryption;
  uint32_t counter = 0;
  std::string value;
};

// Keys are raw bytes. What a file leaves out is empty.
struct DukptSuite {
  uint32_t bdk_id = 0;
  uint32_t device_id = 0;
  std::string bdk;
  dukpt::KeyType derivation_type = dukpt::KeyType::kAes256;  // of BDK, IK and intermediate keys
  dukpt::KeyType working_type = dukpt::KeyType::kAes256;
  std::string initial_key;
  std::string update_key;
  std::map<uint32_t, std::string> intermediate_keys;  // by counter
  std::vector<WorkingKeyVector> working_keys;
  std::map<int, std::string> registers_after_load;  // by index
};

struct DukptVectors {
  std::vector<DukptSuite> suites;
  std::optional<uint64_t> usable_counters;
  std::optional<uint32_t> last_counter;
  std::vector<std::string> unused_fields;  // what nobody checks
};

// The AES key type of that many bytes. INVALID_ARGUMENT.
absl::StatusOr<dukpt::KeyType> KeyTypeOfBytes(size_t bytes);

// An error names the file and the field: unreadable, not JSON, no suite, an unknown key type, a
// value that is not hex or not as long as its type says.
absl::StatusOr<DukptVectors> LoadDukptVectors(const std::string& path);

// The file of this repository, and the one that SIGNET_EXTRA_VECTORS names where it is set.
std::vector<std::string> DukptVectorFiles();

}  // namespace signet::vectors
