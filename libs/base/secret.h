// Secret bytes: wiped on destruction, compared in constant time, never printable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace signet {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes) : bytes_(bytes) {}
  // Takes the bytes over and wipes the source.
  static Secret TakeFrom(std::string& bytes);

  Secret(const Secret& other);
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  // The bytes, for the moment of use. The view must not outlive this object.
  std::string_view reveal() const { return bytes_; }
  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

  // Constant time in the contents (not in the length).
  friend bool operator==(const Secret& a, const Secret& b);

 private:
  void Wipe();
  std::string bytes_;
};

// Overwrites the bytes so that the compiler cannot leave it out, then clears the string.
void WipeString(std::string& bytes);
// Constant time in the contents (not in the length).
bool ConstantTimeEquals(std::string_view a, std::string_view b);

}  // namespace signet
