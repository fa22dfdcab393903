#include "engine/async_stores.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/failpoint.h"

namespace cfp::engine {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kNever = milliseconds::max();
constexpr milliseconds kQueuePause{2};

std::uint64_t memory_of(const Batch::Change& change, std::size_t overhead) {
  const std::string* const value = std::get_if<std::string>(&change.value);
  std::uint64_t bytes = overhead + change.key.size() + change.data.text().size() + change.item_name.size() +
                        change.collection_name.size() + (value == nullptr ? 0 : value->size());
  for (const auto* const text : {&change.username, &change.options.reason, &change.options.request_id}) {
    bytes += *text ? (*text)->size() : 0;
  }
  return bytes;
}

/// Whether the callback kept its promise not to throw.
bool tell(const StoreCallback& done, const StoreOutcome& outcome) noexcept {
  try {
    done(outcome.sequence, outcome.error);
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

std::string describe_thrown(std::size_t count) {
  return std::to_string(count) + " callbacks of store_async threw, which they must not. The records are not affected.";
}

AsyncStores::AsyncStores(os::Background& background, os::Clock& clock, Limits limits, Calls calls)
    : background_(background), clock_(clock), limits_(limits), calls_(std::move(calls)) {}

void AsyncStores::add(StoreCall call) {
  if (!call.done) {
    throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                     "store_async needs a callback: nobody else hears of an error.");
  }
  Group one;
  const std::uint64_t bytes = memory_of(call.change, sizeof(Waiting));
  one.push_back({std::move(call), Timestamp(clock_.now()), bytes});
  if (try_add(one)) return;
  const auto deadline = clock_.steady_now() + limits_.patience;
  do {
    if (clock_.steady_now() >= deadline) {
      throw CollectionFastPersistError(ErrorCode::overloaded,
                                       "Not stored: what waits to be stored fills its room, and none came free for "
                                       "store_timeout_seconds. " +
                                           calls_.cause_of_delay());
    }
    clock_.sleep(kQueuePause);
  } while (!try_add(one));
}

bool AsyncStores::try_add(Group& one) {
  const std::lock_guard lock(mutex_);
  if (closed_) throw CollectionFastPersistError(ErrorCode::closed, "The store is closed; open it again.");
  const std::uint64_t bytes = one.front().bytes;
  const bool is_first = queue_.empty();
  if (!is_first && queued_bytes_ + bytes > limits_.queue_bytes) return false;
  if (!task_) task_ = background_.start("cfp-async", kNever, [this] { return step(); });
  queue_.splice(queue_.end(), one);
  queued_bytes_ += bytes;
  if (is_first) task_->wake();  // else a step is on its way to them
  return true;
}

AsyncStores::Group AsyncStores::take_group() {
  Group group;
  std::uint64_t bytes = 0;
  const std::lock_guard lock(mutex_);
  while (!queue_.empty() && (group.empty() || bytes + queue_.front().bytes <= limits_.group_bytes)) {
    bytes += queue_.front().bytes;
    group.splice(group.end(), queue_, queue_.begin());
  }
  queued_bytes_ -= bytes;
  return group;
}

bool AsyncStores::is_empty() {
  const std::lock_guard lock(mutex_);
  return queue_.empty();
}

milliseconds AsyncStores::step() noexcept {
  const std::size_t thrown = store(take_group());
  try {
    if (thrown > 0) calls_.log(LogLevel::error, describe_thrown(thrown));
  } catch (...) {
    // No memory for the message, which changes nothing.
  }
  return is_empty() ? kNever : milliseconds::zero();
}

/// Nothing comes between the callbacks: whoever collects them wakes somebody up once.
std::size_t AsyncStores::store(Group group) noexcept {
  if (group.empty()) return 0;
  commit(group);
  CFP_FAILPOINT("async.before_telling");
  std::size_t thrown = 0;
  for (const Waiting& waiting : group) thrown += tell(waiting.call.done, waiting.outcome) ? 0U : 1U;
  return thrown;
}

void AsyncStores::commit(Group& group) noexcept {
  std::vector<ComparedWrite::Part> parts;
  std::vector<StoreOutcome> outcomes;
  std::exception_ptr failure;
  Durability durability = Durability::none;
  try {
    parts.reserve(group.size());
    for (Waiting& waiting : group) {
      try {
        parts.push_back(calls_.encode(waiting.call.change, waiting.now));
        durability = std::min(durability, waiting.call.durability);  // the strongest
      } catch (...) {
        waiting.outcome.error = std::current_exception();
      }
    }
    if (!parts.empty()) outcomes = calls_.commit(std::move(parts), durability);
  } catch (...) {
    failure = std::current_exception();
  }
  auto next = outcomes.begin();
  for (Waiting& waiting : group) {
    if (waiting.outcome.error) continue;
    if (failure) {
      waiting.outcome.error = failure;
    } else {
      waiting.outcome = std::move(*next++);
    }
  }
}

std::size_t AsyncStores::close() {
  std::unique_ptr<os::BackgroundTask> task;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    task = std::move(task_);
  }
  task.reset();  // waits for a running step
  std::size_t thrown = 0;
  while (!is_empty()) thrown += store(take_group());
  return thrown;
}

}  // namespace cfp::engine
