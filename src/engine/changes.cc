// Writes other than a plain store: batches, deletes, restored versions. They go the way of every store, and are decided
// on it.

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/delete_all.h"
#include "engine/engine.h"
#include "history/item_history.h"

namespace cfp::engine {
namespace {

[[noreturn]] void refuse_version(std::uint32_t version, const char* why) {
  throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                   "Nothing was restored: version " + std::to_string(version) + why);
}

bool compares_timestamp(const Batch::Change& change) {
  return change.options.skip_unchanged &&
         (change.timestamp || change.data.get_string(StorageKeys::TIMESTAMP).has_value());
}

}  // namespace

model::Record Engine::encode(const Batch::Change& change, Timestamp now) const {
  const std::optional<std::string_view> username = change.username;
  model::Record record =
      change.deletes ? model::encode_delete({change.key, change.collection_name, change.item_name, username}, schema_)
                     : encode({change.key, change.collection_name, change.item_name, change.data.text(), change.value,
                               change.timestamp, username},
                              now);
  model::annotate(record, change.options);
  if (change.deletes) check_size(record);
  return record;
}

void Engine::check(const Batch::Change& change) const {
  check_usable();
  static_cast<void>(encode(change, Timestamp(parts_.environment.clock->now())));
}

ComparedWrite::Part Engine::part_of(const Batch::Change& change, Timestamp now) const {
  const ChangeOptions& options = change.options;
  return {encode(change, now), options.expected_version, options.skip_unchanged, compares_timestamp(change)};
}

BatchResult Engine::commit(const Batch& batch, std::optional<Durability> durability) {
  check_usable();
  if (batch.empty()) return {};
  const Timestamp now(parts_.environment.clock->now());
  std::vector<ComparedWrite::Part> parts;
  parts.reserve(batch.size());
  for (const Batch::Change& change : batch.changes()) {
    parts.push_back(part_of(change, now));
  }
  return commit(std::move(parts), durability.value_or(config_.durability));
}

/// Where memory is bounded, what one condition asks of could leave while the next one's is loaded, for ever.
std::vector<std::shared_ptr<const void>> Engine::hold_items(const ComparedWrite& write) {
  std::vector<std::shared_ptr<const void>> held;
  if (!config_.max_cache_bytes) return held;
  std::string_view last;
  write.for_each_condition([&](const model::Record& record) {
    if (held.empty() || record.key() != last) held.push_back(cache_->hold(record.key()));
    last = record.key();
  });
  return held;
}

BatchResult Engine::commit(std::vector<ComparedWrite::Part> parts, Durability durability) {
  ComparedWrite write({*cache_, requests_}, *unflushed_, std::move(parts), ComparedWrite::Refusal::of_all);
  BatchResult result = commit(write, durability);
  result.sequences = write.sequences(result.last_sequence);
  return result;
}

BatchResult Engine::commit(ComparedWrite& write, Durability durability) {
  const auto held = hold_items(write);
  const auto load = [&] {
    write.for_each_condition([&](const model::Record& record) {
      static_cast<void>(cache_->get_item(record.key(), record.collection_name(), record.state->item_name()));
    });
  };
  return commit(write, load, durability);
}

std::vector<StoreOutcome> Engine::commit_each(std::vector<ComparedWrite::Part> parts, Durability durability) {
  std::vector<StoreOutcome> outcomes(parts.size());
  if (std::ranges::any_of(parts, &ComparedWrite::Part::is_conditional)) {
    ComparedWrite write({*cache_, requests_}, *unflushed_, std::move(parts), ComparedWrite::Refusal::of_one);
    // What one of them is refused for is to be on disk when that is told.
    const std::vector<std::uint64_t> sequences = write.sequences(commit(write, Durability::always).last_sequence);
    for (std::size_t i = 0; i < outcomes.size(); ++i) outcomes[i] = {sequences[i], write.refusal(i)};
    return outcomes;
  }
  std::vector<model::Record> records;
  records.reserve(parts.size());
  for (ComparedWrite::Part& part : parts) records.push_back(std::move(part.record));
  std::uint64_t sequence = commit(records, durability) - outcomes.size();
  for (StoreOutcome& outcome : outcomes) outcome.sequence = ++sequence;
  return outcomes;
}

std::uint64_t Engine::delete_all(std::string_view key, const std::optional<std::string_view>& collection_name,
                                 const std::optional<std::string_view>& username, const ChangeOptions& options) {
  check_usable();
  // Refuses what is not acceptable before anything is loaded.
  if (options.expected_version || options.skip_unchanged) {
    throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                     "Nothing was deleted: a condition on one item says nothing of many; delete each "
                                     "item with its own, in a batch.");
  }
  model::Record example = model::encode_delete({key, collection_name.value_or(""), "", username}, schema_);
  model::annotate(example, options);
  check_size(example);
  DeleteAll write({*cache_, requests_}, *unflushed_, schema_, {key, collection_name, username, options});
  const auto held = cache_->hold(key);
  const auto load = [&] {
    if (collection_name) {
      static_cast<void>(cache_->get_collection(key, *collection_name));
    } else {
      static_cast<void>(cache_->get_key(key));
    }
  };
  return commit(write, load, config_.durability).deleted;
}

BatchResult Engine::commit(ConditionalWrite& write, const std::function<void()>& load, Durability durability) {
  while (true) {
    load();
    reserve(write.wanted_room());
    write.take_room(write.wanted_room());
    std::uint64_t last = 0;
    try {
      last = in_mode(durability, [&](wal::Wait wait) { return commit_->commit(write, wait); });
    } catch (...) {
      write.give_back_room(false);
      throw;
    }
    write.give_back_room(last != 0);
    if (!write.is_stale()) return {last, write.count(), write.deleted()};
  }
}

std::uint64_t Engine::restore_item(std::string_view key, std::string_view collection_name, std::string_view item_name,
                                   std::uint32_t version, const std::optional<std::string_view>& username,
                                   const ChangeOptions& options) {
  check_usable();
  static_cast<void>(model::encode_delete({key, collection_name, item_name, username}, schema_));  // refuses bad names
  const auto old = history::version_of(past(), {key, collection_name, item_name}, version);
  if (!old) refuse_version(version, " of the item is not there.");
  if (old->deleted) refuse_version(version, " of the item is a delete; restore the one before it.");
  // Not normalised: the text has been, as far as it was to be.
  model::Record record = model::encode(
      {key, collection_name, item_name, old->record.data_text(), old->record.value(), std::nullopt, username},
      {schema_, false}, Timestamp(parts_.environment.clock->now()));
  model::annotate(record, options);
  check_size(record);
  std::vector<ComparedWrite::Part> parts;
  parts.push_back({std::move(record), options.expected_version, options.skip_unchanged, true});
  return commit(std::move(parts), config_.durability).sequences.front();
}

}  // namespace cfp::engine
