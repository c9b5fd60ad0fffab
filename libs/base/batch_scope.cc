#include "libs/base/batch_scope.h"

#include <algorithm>
#include <utility>

namespace signet {
namespace {

thread_local BatchScope* outermost = nullptr;

}  // namespace

BatchScope::BatchScope() : outer_(outermost) {
  if (outermost == nullptr) outermost = this;
}

BatchScope::~BatchScope() {
  if (outer_ != nullptr) return;
  outermost = nullptr;  // what flushing asks for is done at once
  for (const auto& gathered : waiting_) gathered->Flush();
}

void BatchScope::Flush(std::shared_ptr<Flushable> gathered) {
  if (outermost == nullptr) return gathered->Flush();
  auto& waiting = outermost->waiting_;
  if (std::find(waiting.begin(), waiting.end(), gathered) == waiting.end()) {
    waiting.push_back(std::move(gathered));
  }
}

}  // namespace signet
