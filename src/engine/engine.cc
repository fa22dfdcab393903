#include "engine/engine.h"

#include <system_error>

#include "base/failpoint.h"
#include "base/mutant.h"
#include "engine/base_directory.h"
#include "model/layout.h"

namespace cfp::engine {
namespace {

constexpr std::chrono::milliseconds kPauseWithoutRoom{2};

std::chrono::milliseconds timeout_of(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

std::uint64_t text_bytes(const model::Record& record) {
  const model::ValueView value = record.state->value();
  const auto* const text = std::get_if<std::string_view>(&value);
  return record.key().size() + record.collection_name().size() + record.state->item_name().size() +
         record.state->data().size() + (text == nullptr ? 0 : text->size()) +
         (record.state->operation() == model::Operation::erase ? record.projection.username.value_or("").size() : 0);
}

}  // namespace

Engine::~Engine() {
  try {
    close(false);  // an end that nobody asked for shall not last as long as a copy does; the log stays
  } catch (const std::exception& error) {
    log(LogLevel::error, std::string("Closing failed; nothing acknowledged is lost: ") + error.what());
  }
  // A watcher, which asks it whether it is in a forked child, may keep it for longer.
  if (changes_) changes_->close();
  if (parts_.lock && !forked()) parts_.lock->release();
}

void Engine::log(LogLevel level, const std::string& message) const {
  if (config_.log_sink) config_.log_sink(level, message);
}

recovery::Report Engine::report() const {
  return [this](LogLevel level, const std::string& message) { log(level, message); };
}

void Engine::check_usable() const { refuse_unless_usable(closed_.load(std::memory_order_acquire)); }

std::uint64_t Engine::store(std::string_view key, std::string_view data, std::string_view item_name,
                            std::string_view collection_name, const Value& value,
                            const std::optional<Timestamp>& timestamp, const std::optional<std::string_view>& username,
                            std::optional<Durability> durability) {
  check_usable();
  model::Record record = encode({key, collection_name, item_name, data, value, timestamp, username},
                                Timestamp(parts_.environment.clock->now()));
  return commit({&record, 1}, durability.value_or(config_.durability));
}

model::Record Engine::encode(const model::StoreInput& input, Timestamp now) const {
  model::Record record = model::encode(input, {schema_, config_.normalize_datetimes}, now);
  check_size(record);
  return record;
}

std::uint64_t Engine::in_mode(Durability durability, const std::function<std::uint64_t(wal::Wait)>& commit) {
  if (durability == Durability::always) return commit(wal::Wait::for_sync);
  if (durability == Durability::interval) delayed_sync_->prepare();
  const std::uint64_t last = commit(wal::Wait::for_write);
  if (durability == Durability::interval && writer_->numbers().synced_sequence < last) delayed_sync_->notice();
  return last;
}

void Engine::sync() {
  check_usable();
  sync_log(writer_->numbers().last_sequence);
}

void Engine::sync_log(std::uint64_t through) {
  commit_->sync(through);
  changes_->notify();  // of what was only written before
}

std::uint64_t Engine::commit(std::span<model::Record> records, Durability durability) {
  std::uint64_t bytes = 0;
  for (const model::Record& record : records) bytes += model::footprint_bytes(record);
  reserve(bytes);
  try {
    return in_mode(durability, [&](wal::Wait wait) { return commit_->commit(records, false, wait); });
  } catch (...) {
    // What was published before something failed is in the unflushed set, and its room with it.
    std::uint64_t unused = 0;
    for (const model::Record& record : records) unused += record.state ? model::footprint_bytes(record) : 0;
    unflushed_->release(unused);
    throw;
  }
}

void Engine::store_async(StoreCall call) {
  check_usable();
  try {
    async_stores_->add(std::move(call));
  } catch (const std::system_error& error) {
    throw CollectionFastPersistError(
        ErrorCode::io, std::string("Not stored: there is no thread for store_async (") + error.what() + ").");
  }
}

void Engine::check_size(const model::Record& record) const {
  const std::uint64_t bytes = text_bytes(record);
  if (bytes <= config_.max_record_bytes) return;
  throw InvalidRecordError("The record has " + std::to_string(bytes) + " bytes; max_record_bytes allows " +
                           std::to_string(config_.max_record_bytes) + ".");
}

void Engine::reserve(std::uint64_t bytes) {
  // Whoever finds no room does the flusher's work, or waits while somebody else does it.
  while (!unflushed_->try_reserve(bytes)) {
    check_usable();
    flusher_->make_room(bytes, timeout_of(config_.store_timeout_seconds));
    if (unflushed_->try_reserve(bytes)) return;
    parts_.environment.clock->sleep(kPauseWithoutRoom);
  }
}

void Engine::publish(std::span<const wal::LineBatch> group) {
  CFP_FAILPOINT("engine.before_publish");
  count(group);  // while their states are theirs
  for (const wal::LineBatch& batch : group) publish(batch.records, batch.atomic);
  flusher_->notice();
  changes_->notify();
}

/// Groups are published one at a time, so nobody else counts meanwhile.
void Engine::count(std::span<const wal::LineBatch> group) {
  std::uint64_t stored = 0, deleted = 0;
  for (const wal::LineBatch& batch : group) {
    for (const model::Record& record : batch.records) {
      ++(record.state->operation() == model::Operation::store ? stored : deleted);
    }
  }
  stored_records_.store(stored_records_.load(std::memory_order_relaxed) + stored, std::memory_order_relaxed);
  deleted_records_.store(deleted_records_.load(std::memory_order_relaxed) + deleted, std::memory_order_relaxed);
}

void Engine::publish(std::span<model::Record> records, bool atomic) {
  unflushed_->announce(records.back().sequence());
  cache_->apply(
      records,
      atomic &&
          !CFP_MUTANT(
              "publish_a_batch_in_pieces"));  // gives the records their place in the versions, which the flusher needs
  for (const model::Record& record : records) {
    if (record.request_id) requests_.add(*record.request_id, record.sequence(), record.state->updated_at_us);
  }
  unflushed_->append(records);
}

cache::Cache& Engine::readable_cache() {
  check_usable();
  return *cache_;
}

history::ChangeFeed& Engine::changes() {
  check_usable();
  return *changes_;
}

void Engine::flush() {
  check_usable();
  flusher_->flush();
}

void Engine::close(bool with_backup) {
  if (forked()) return;
  backup::Messages messages;  // told once the mutex is given back
  std::optional<CollectionFastPersistError> failure;
  {
    const std::lock_guard lock(close_mutex_);
    if (released_) return;
    // While the store still takes records: those that wait were accepted.
    if (const std::size_t thrown = async_stores_ ? async_stores_->close() : 0) {
      messages.emplace_back(LogLevel::error, describe_thrown(thrown));
    }
    closed_.store(true, std::memory_order_release);
    health_.stop_scan();
    if (delayed_sync_) delayed_sync_->stop();
    if (commit_) commit_->close();
    if (changes_) changes_->close();  // while the tables can be read
    if (backups_) backups_->stop();
    if (flusher_) {
      flusher_->stop();
      if (!tables_closed_) close_tables();
    }
    CFP_FAILPOINT("close.tables_closed");
    if (writer_) writer_->close();
    writer_closed_ = true;
    CFP_FAILPOINT("close.before_backup");
    if (with_backup && backups_) failure = back_up_closed(messages);
    remove_lock_note(*parts_.base, date_);
    if (parts_.lock) parts_.lock->release();
    released_ = true;
    CFP_FAILPOINT("close.done");
  }
  for (const auto& [level, text] : messages) log(level, text);
  if (!failure) return;
  log(LogLevel::error, failure->what());
  throw CollectionFastPersistError(*failure);
}

void Engine::close_tables() {
  try {
    flusher_->update_latest();
  } catch (const std::exception&) {
    if (!CFP_MUTANT("close_hides_a_failure")) throw;
  }
  CFP_FAILPOINT("close.before_checkpoint");
  const auto checkpointed = [](auto& table) {
    table.checkpoint();
    return table.meta();
  };
  closed_history_ = tables_.with_history(checkpointed);
  closed_latest_ = tables_.with_latest(checkpointed);
  CFP_FAILPOINT("close.after_checkpoint");
  tables_.close();
  tables_closed_ = true;
}

}  // namespace cfp::engine
