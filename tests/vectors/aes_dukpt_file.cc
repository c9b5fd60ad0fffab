#include "tests/vectors/aes_dukpt_file.h"

#include <cstdlib>
#include <fstream>
#include <set>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "nlohmann/json.hpp"
#include "tests/support/process.h"

// JSON is read with exceptions, caught once in LoadDukptVectors.
namespace signet::vectors {
namespace {

using ::nlohmann::json;

std::string Bytes(const std::string& field, const std::string& hex) {
  auto bytes = FromHex(hex);
  if (!bytes.ok()) throw std::runtime_error(absl::StrCat(field, ": ", bytes.status().message()));
  return *std::move(bytes);
}

std::string Key(const std::string& field, const json& hex, dukpt::KeyType type) {
  std::string key = Bytes(field, hex.get<std::string>());
  if (key.size() != dukpt::KeyBytes(type)) {
    throw std::runtime_error(
        absl::StrCat(field, ": ", key.size(), " bytes, expected ", dukpt::KeyBytes(type)));
  }
  return key;
}

uint32_t Word(const std::string& field, const std::string& hex) {
  const std::string bytes = Bytes(field, hex);
  if (bytes.size() != 4) throw std::runtime_error(absl::StrCat(field, ": not 8 hex digits"));
  uint32_t word = 0;
  for (const char byte : bytes) word = (word << 8) | static_cast<unsigned char>(byte);
  return word;
}

dukpt::KeyType TypeNamed(const std::string& name) {
  if (name == "AES-128") return dukpt::KeyType::kAes128;
  if (name == "AES-192") return dukpt::KeyType::kAes192;
  if (name == "AES-256") return dukpt::KeyType::kAes256;
  throw std::runtime_error(absl::StrCat("working_key_type ", name,
                                        " is unknown here (known: AES-128, AES-192, AES-256)"));
}

dukpt::KeyType TypeOf(const std::string& field, const std::string& key) {
  const auto type = KeyTypeOfBytes(key.size());
  if (!type.ok()) throw std::runtime_error(absl::StrCat(field, ": ", type.status().message()));
  return *type;
}

// "data_encryption_3000" → 0x3000.
dukpt::KeyUsage UsageOf(const std::string& name) {
  const size_t underscore = name.rfind('_');
  const std::string digits = underscore == std::string::npos ? "" : name.substr(underscore + 1);
  if (digits.size() != 4) {
    throw std::runtime_error(absl::StrCat("working key ", name, " does not end in its usage"));
  }
  return static_cast<dukpt::KeyUsage>(Word(name, "0000" + digits));
}

void ReadWorkingKeys(const json& by_counter, DukptSuite& suite) {
  for (const auto& [counter, keys] : by_counter.items()) {
    for (const auto& [name, value] : keys.items()) {
      suite.working_keys.push_back({name, UsageOf(name), Word("working_keys", counter),
                                    Key(name, value, suite.working_type)});
    }
  }
}

// An optional object's fields; none where it is left out.
const json& Fields(const json& in, const char* name) {
  static const json none = json::object();
  return in.contains(name) ? in[name] : none;
}

void ReadDerivedKeys(const json& in, DukptSuite& suite) {
  for (const auto& [counter, value] : Fields(in, "intermediate_keys").items()) {
    suite.intermediate_keys[Word("intermediate_keys", counter)] =
        Key("intermediate_keys", value, suite.derivation_type);
  }
  for (const auto& [index, value] : Fields(in, "registers_after_load").items()) {
    const int register_index = std::stoi(index);
    if (register_index < 0 || register_index > 31) {
      throw std::runtime_error(absl::StrCat("registers_after_load: no register ", index));
    }
    suite.registers_after_load[register_index] =
        Key("registers_after_load", value, suite.derivation_type);
  }
}

DukptSuite ReadSuite(const json& in, const json& file) {
  const auto id = [&](const char* field) {
    const json& holder = in.contains(field) ? in : file;
    return Word(field, holder.at(field).get<std::string>());
  };
  DukptSuite suite;
  suite.bdk_id = id("bdk_id");
  suite.device_id = id("derivation_id");
  suite.bdk = Bytes("bdk", in.at("bdk").get<std::string>());
  suite.derivation_type = TypeOf("bdk", suite.bdk);
  suite.working_type = TypeNamed(in.at("working_key_type").get<std::string>());
  if (in.contains("initial_key")) {
    suite.initial_key = Key("initial_key", in["initial_key"], suite.derivation_type);
  }
  if (in.contains("update_key")) {
    suite.update_key = Bytes("update_key", in["update_key"].get<std::string>());
    TypeOf("update_key", suite.update_key);
  }
  ReadDerivedKeys(in, suite);
  ReadWorkingKeys(Fields(in, "working_keys"), suite);
  return suite;
}

void NoteUnused(const json& in, const std::set<std::string>& used, DukptVectors& vectors) {
  for (const auto& [field, value] : in.items()) {
    if (used.count(field) == 0) vectors.unused_fields.push_back(field);
  }
}

DukptVectors Read(const json& file) {
  DukptVectors vectors;
  NoteUnused(file,
             {"standard", "bdk_id", "derivation_id", "initial_key_id", "suites",
              "usable_counters_with_at_most_16_one_bits", "last_counter"},
             vectors);
  for (const json& suite : file.at("suites")) {
    vectors.suites.push_back(ReadSuite(suite, file));
    NoteUnused(suite,
               {"bdk_id", "derivation_id", "bdk", "working_key_type", "initial_key", "update_key",
                "intermediate_keys", "working_keys", "registers_after_load"},
               vectors);
  }
  if (vectors.suites.empty()) throw std::runtime_error("no suites");
  if (file.contains("initial_key_id")) {
    const std::string id = file["initial_key_id"].get<std::string>();
    const std::string expected = absl::StrCat(file.at("bdk_id").get<std::string>(),
                                              file.at("derivation_id").get<std::string>());
    if (Bytes("initial_key_id", id) != Bytes("initial_key_id", expected)) {
      throw std::runtime_error("initial_key_id is not BDK ID and derivation ID");
    }
  }
  if (file.contains("usable_counters_with_at_most_16_one_bits")) {
    vectors.usable_counters = file["usable_counters_with_at_most_16_one_bits"].get<uint64_t>();
  }
  if (file.contains("last_counter")) {
    vectors.last_counter = Word("last_counter", file["last_counter"].get<std::string>());
  }
  return vectors;
}

}  // namespace

absl::StatusOr<dukpt::KeyType> KeyTypeOfBytes(size_t bytes) {
  for (const auto type :
       {dukpt::KeyType::kAes128, dukpt::KeyType::kAes192, dukpt::KeyType::kAes256}) {
    if (dukpt::KeyBytes(type) == bytes) return type;
  }
  return absl::InvalidArgumentError(absl::StrCat("no AES key has ", bytes, " bytes"));
}

absl::StatusOr<DukptVectors> LoadDukptVectors(const std::string& path) {
  std::ifstream in(path);
  if (!in) return absl::NotFoundError(absl::StrCat("cannot read the vectors in ", path));
  try {
    return Read(json::parse(in));
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", error.what()));
  }
}

std::vector<std::string> DukptVectorFiles() {
  std::vector<std::string> files = {testing::SourceDir() + "/tests/vectors/aes_dukpt.json"};
  const char* extra = std::getenv("SIGNET_EXTRA_VECTORS");
  if (extra != nullptr && *extra != '\0') files.emplace_back(extra);
  return files;
}

}  // namespace signet::vectors
