// Putting off what is better done once for many: sending, above all.
#pragma once

#include <memory>
#include <vector>

namespace signet {

// What gathers until it is flushed.
class Flushable {
 public:
  virtual ~Flushable() = default;
  virtual void Flush() = 0;
};

// While one lives, what this thread asks to flush waits for its end, and is then flushed once. May
// be nested: the outermost counts. Lives on the stack.
class BatchScope {
 public:
  BatchScope();
  ~BatchScope();
  BatchScope(const BatchScope&) = delete;
  BatchScope& operator=(const BatchScope&) = delete;

  // At once where this thread is in no scope.
  static void Flush(std::shared_ptr<Flushable> gathered);

 private:
  BatchScope* const outer_;
  std::vector<std::shared_ptr<Flushable>> waiting_;
};

}  // namespace signet
