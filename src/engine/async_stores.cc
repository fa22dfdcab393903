#include "engine/async_stores.h"

#include <utility>
#include <vector>

#include "base/failpoint.h"

namespace cfp::engine {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kNever = milliseconds::max();
constexpr milliseconds kQueuePause{2};

std::uint64_t memory_of(const StoreCall& call, std::size_t overhead) {
  const std::string* const text = std::get_if<std::string>(&call.value);
  return overhead + call.key.size() + call.data.text().size() + call.item_name.size() + call.collection_name.size() +
         (call.username ? call.username->size() : 0) + (text == nullptr ? 0 : text->size());
}

/// Whether the callback kept its promise not to throw.
bool tell(const StoreCallback& done, std::uint64_t sequence, const std::exception_ptr& error) noexcept {
  try {
    done(sequence, error);
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
  const std::uint64_t bytes = memory_of(call, sizeof(Waiting));
  one.push_back({std::move(call), Timestamp(clock_.now()), bytes, 0, nullptr});
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
  for (const Waiting& waiting : group) thrown += tell(waiting.call.done, waiting.sequence, waiting.error) ? 0U : 1U;
  return thrown;
}

void AsyncStores::commit(Group& group) noexcept {
  std::vector<model::Record> records;
  std::uint64_t last = 0;
  std::exception_ptr failure;
  try {
    records.reserve(group.size());
    for (Waiting& waiting : group) {
      try {
        records.push_back(calls_.encode(waiting.call, waiting.now));
      } catch (...) {
        waiting.error = std::current_exception();
      }
    }
    if (!records.empty()) last = calls_.commit(records);
  } catch (...) {
    failure = std::current_exception();
  }
  std::uint64_t next = last + 1 - records.size();
  for (Waiting& waiting : group) {
    if (waiting.error) continue;
    waiting.error = failure;
    if (!failure) waiting.sequence = next++;
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
