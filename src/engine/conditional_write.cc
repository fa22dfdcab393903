#include "engine/conditional_write.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/mutant.h"
#include "cfp/error.h"
#include "wal/line.h"

namespace cfp::engine {
namespace {

constexpr std::uint64_t kMostBatchBytes = 64 * 1024 * 1024;
constexpr std::uint64_t kRestOfALine = 192;  // number, time, batch and checksums

void check_batch_size(const std::vector<std::string>& line_starts) {
  std::uint64_t bytes = 0;
  for (const std::string& line : line_starts) bytes += line.size() + kRestOfALine;
  if (bytes <= kMostBatchBytes || line_starts.size() == 1) return;
  throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                   "Nothing was changed: together it has " + std::to_string(bytes) +
                                       " bytes, and what happens as one may have 64 MiB. Do it in several parts.");
}

bool is_delete(const model::Record& record) { return record.state->operation == model::Operation::erase; }

/// What readers see of an item.
struct Content {
  std::string_view data;
  const Value& value;
  const std::optional<Timestamp> timestamp;
};

bool is_same(const Value& a, const Value& b) {
  const auto* const number = std::get_if<double>(&a);
  return a == b && (number == nullptr || std::signbit(*number) == std::signbit(std::get<double>(b)));
}

/// The text has the timestamp in it. One that was not asked for is whatever the last one is.
bool is_unchanged(const model::ItemState& wanted, bool any_time, const Content& last) {
  if (!is_same(wanted.value, last.value)) return false;
  if (!any_time || !last.timestamp) return wanted.data == last.data;
  const std::string own = wanted.timestamp->to_string();
  const std::size_t place = wanted.data.rfind("\"timestamp\":\"" + own + '"');
  if (place == std::string::npos) return false;
  return std::string(wanted.data).replace(wanted.data.find(own, place), own.size(), last.timestamp->to_string()) ==
         last.data;
}

}  // namespace

wal::LineBatch ConditionalWrite::decide(const wal::PendingItems& before) {
  used_room_ = count_ = deleted_ = 0;
  is_stale_ = !fill(before) || !has_room();
  if (is_stale_) return {};
  check_batch_size(line_starts_);
  count_ = records_.size();
  for (const model::Record& record : records_) deleted_ += is_delete(record) ? 1U : 0U;
  return {records_, line_starts_, records_.size() > 1};
}

bool ConditionalWrite::has_room() {
  used_room_ = 0;
  for (const model::Record& record : records_) used_room_ += model::footprint_bytes(record);
  wanted_room_ = std::max(wanted_room_, used_room_);
  if (used_room_ <= room_) return true;
  if (!unflushed_.try_reserve(used_room_ - room_)) return false;
  room_ = used_room_;
  return true;
}

void ConditionalWrite::want_room_for_records() {
  wanted_room_ = 0;
  for (const model::Record& record : records_) wanted_room_ += model::footprint_bytes(record);
}

void ConditionalWrite::clear() {
  records_.clear();
  line_starts_.clear();
}

void ConditionalWrite::add(model::Record record) {
  line_starts_.push_back(wal::encode_line_start(record));
  records_.push_back(std::move(record));
}

void ConditionalWrite::give_back_room(bool was_written) {
  unflushed_.release(std::exchange(room_, 0) - (was_written ? used_room_ : 0));
}

ComparedWrite::ComparedWrite(const Present& present, flush::UnflushedSet& unflushed, std::vector<Part> parts)
    : ConditionalWrite(unflushed), present_(present) {
  records_.reserve(parts.size());
  line_starts_.reserve(parts.size());
  for (Part& part : parts) {
    add(std::move(part.record));
    conditions_.push_back(
        {part.expected_version, part.skip_unchanged, part.compares_timestamp, is_delete(records_.back())});
    has_conditions_ = has_conditions_ || conditions_.back().is_on_item();
    bytes_ += line_starts_.back().size();
  }
  check_batch_size(line_starts_);
  want_room_for_records();
}

/// Nullopt: it is not in memory what the item has.
std::optional<ComparedWrite::Verdict> ComparedWrite::judge(std::size_t i, const wal::PendingItems& before,
                                                           const wal::PendingItems& own) const {
  const model::Record& record = records_[i];
  if (record.request_id && !CFP_MUTANT("answer_a_request_twice")) {
    if (const auto* const pending = before.find_request(*record.request_id)) return Verdict{false, 0, pending->state};
    if (const auto answered = present_.requests.find(*record.request_id)) return Verdict{false, *answered};
  }
  const Condition& condition = conditions_[i];
  if (!condition.is_on_item()) return Verdict{};
  auto place = present_.cache.place_of(record.key, record.collection_name, record.state->item_name);
  if (!place) return std::nullopt;
  const model::Record* last_pending = nullptr;
  for (const wal::PendingItems* const pending : {&before, &own}) {
    if (const auto* const change = pending->find(record)) {
      *place = {place->version + change->records, change->is_live()};
      last_pending = change->last;
    }
  }
  const std::uint32_t current = place->is_live ? place->version : 0;
  if (condition.expected_version.value_or(current) != current && !CFP_MUTANT("set_whatever_the_version")) {
    throw VersionConflictError(*condition.expected_version, current, i);
  }
  if (condition.is_delete) return Verdict{place->is_live};
  return condition.skip_unchanged && place->is_live ? find_unchanged(i, last_pending) : Verdict{};
}

/// Of an item that is there, last by that record on its way if there is one.
std::optional<ComparedWrite::Verdict> ComparedWrite::find_unchanged(std::size_t i, const model::Record* pending) const {
  const model::Record& record = records_[i];
  const bool any_time = !conditions_[i].compares_timestamp;
  if (pending != nullptr) {
    const model::ItemState& last = *pending->state;
    if (is_unchanged(*record.state, any_time, {last.data, last.value, last.timestamp})) {
      return Verdict{false, 0, pending->state};
    }
    return Verdict{};
  }
  const auto cached = present_.cache.peek_item(record.key, record.collection_name, record.state->item_name);
  if (!cached) return std::nullopt;
  const cfp::Record& last = cached->value();
  if (is_unchanged(*record.state, any_time, {last.data_text(), last.value(), last.timestamp()})) {
    return Verdict{false, last.sequence()};
  }
  return Verdict{};
}

bool ComparedWrite::fill(const wal::PendingItems& before) {
  wal::PendingItems own;
  std::vector<bool> is_kept;
  is_kept.reserve(records_.size());
  verdicts_.clear();
  verdicts_.reserve(records_.size());
  for (std::size_t i = 0; i < records_.size(); ++i) {
    auto verdict = judge(i, before, own);
    if (!verdict) return false;
    is_kept.push_back(verdict->is_written);
    if (verdict->is_written && has_conditions_) own.add(records_[i]);
    verdicts_.push_back(std::move(*verdict));
  }
  if (std::find(is_kept.begin(), is_kept.end(), false) != is_kept.end()) keep(is_kept);
  return true;
}

std::vector<std::uint64_t> ComparedWrite::sequences(std::uint64_t last) const {
  std::vector<std::uint64_t> all;
  all.reserve(verdicts_.size());
  std::uint64_t next = last - count() + 1;
  for (const Verdict& verdict : verdicts_) {
    all.push_back(verdict.is_written ? next++
                  : verdict.standing ? verdict.standing->sequence
                                     : verdict.standing_sequence);
  }
  return all;
}

void ConditionalWrite::keep(const std::vector<bool>& is_kept) {
  std::vector<model::Record> records;
  std::vector<std::string> line_starts;
  for (std::size_t i = 0; i < is_kept.size(); ++i) {
    if (!is_kept[i]) continue;
    records.push_back(std::move(records_[i]));
    line_starts.push_back(std::move(line_starts_[i]));
  }
  records_ = std::move(records);
  line_starts_ = std::move(line_starts);
}

bool DeleteAll::fill(const wal::PendingItems& before) {
  clear();
  const auto& request = selection_.options.request_id;
  if (request && (before.find_request(*request) != nullptr || present_.requests.find(*request))) return true;
  if (selection_.collection_name) {
    const auto items = present_.cache.peek_collection(selection_.key, *selection_.collection_name);
    if (!items) return false;
    if (*items) add_items(*selection_.collection_name, **items, before);
  } else {
    const auto collections = present_.cache.peek_key(selection_.key);
    if (!collections) return false;
    if (*collections) {
      for (const Collection& collection : **collections) add_items(collection.name, collection.items, before);
    }
  }
  // What readers do not see yet.
  before.for_each([&](const wal::PendingItems::Change& change) {
    const model::Record& record = *change.last;
    if (!change.is_live() || !selects(record)) return;
    const auto place = present_.cache.place_of(record.key, record.collection_name, record.state->item_name);
    if (!place || !place->is_live) add(tombstone(record.collection_name, record.state->item_name));
  });
  return true;
}

bool DeleteAll::selects(const model::Record& record) const {
  return record.key == selection_.key &&
         record.collection_name == selection_.collection_name.value_or(record.collection_name);
}

void DeleteAll::add_items(std::string_view collection_name, const Items& items, const wal::PendingItems& before) {
  for (const Record& item : items) {
    model::Record record = tombstone(collection_name, item.item_name());
    const auto* const change = before.find(record);
    if (change == nullptr || change->is_live()) add(std::move(record));
  }
}

model::Record DeleteAll::tombstone(std::string_view collection_name, std::string_view item_name) const {
  model::Record record =
      model::encode_delete({selection_.key, collection_name, item_name, selection_.username}, schema_);
  model::annotate(record, selection_.options);
  return record;
}

}  // namespace cfp::engine
