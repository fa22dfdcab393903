#include "engine/compared_write.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/mutant.h"
#include "cfp/error.h"

namespace cfp::engine {
namespace {

/// What readers see of an item.
struct Content {
  std::string_view data;
  model::ValueView value;
  std::optional<Timestamp> timestamp;
};

bool is_same(const model::ValueView& a, const model::ValueView& b) {
  const auto* const number = std::get_if<double>(&a);
  return a == b && (number == nullptr || std::signbit(*number) == std::signbit(std::get<double>(b)));
}

/// The text has the timestamp in it. One that was not asked for is whatever the last one is.
bool is_unchanged(const model::ItemState& wanted, bool any_time, const Content& last) {
  if (!is_same(wanted.value(), last.value)) return false;
  if (!any_time || !last.timestamp) return wanted.data() == last.data;
  const std::string own = wanted.timestamp()->to_string();
  const std::size_t place = wanted.data().rfind("\"timestamp\":\"" + own + '"');
  if (place == std::string::npos) return false;
  return std::string(wanted.data()).replace(wanted.data().find(own, place), own.size(), last.timestamp->to_string()) ==
         last.data;
}

}  // namespace

bool ComparedWrite::Part::is_conditional() const noexcept {
  return expected_version || skip_unchanged || record.request_id || is_delete(record);
}

ComparedWrite::ComparedWrite(const Present& present, flush::UnflushedSet& unflushed, std::vector<Part> parts,
                             Refusal refusal)
    : ConditionalWrite(unflushed), present_(present), refusal_(refusal) {
  records_.reserve(parts.size());
  line_starts_.reserve(parts.size());
  for (Part& part : parts) {
    add(std::move(part.record));
    conditions_.push_back(
        {part.expected_version, part.skip_unchanged, part.compares_timestamp, is_delete(records_.back())});
    asks_of_own_ = asks_of_own_ || refusal == Refusal::of_one || conditions_.back().is_on_item();
    bytes_ += line_starts_.back().size();
  }
  check_size();
  want_room_for_records();
}

/// Nullopt: it is not in memory what the item has.
std::optional<ComparedWrite::Verdict> ComparedWrite::judge(std::size_t i, const wal::PendingItems& before,
                                                           const wal::PendingItems& own) const {
  const model::Record& record = records_[i];
  if (record.request_id && !CFP_MUTANT("answer_a_request_twice")) {
    const auto* pending = before.find_request(*record.request_id);
    // A batch with a request has it in all of its changes.
    if (pending == nullptr && refusal_ == Refusal::of_one) pending = own.find_request(*record.request_id);
    if (pending != nullptr) return Verdict{false, 0, pending->state};
    if (const auto answered = present_.requests.find(*record.request_id)) return Verdict{false, *answered};
  }
  const Condition& condition = conditions_[i];
  if (!condition.is_on_item()) return Verdict{};
  auto place = present_.cache.place_of(record.key(), record.collection_name(), record.state->item_name());
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
    return refuse(i, current);
  }
  if (condition.is_delete) return Verdict{place->is_live};
  return condition.skip_unchanged && place->is_live ? find_unchanged(i, last_pending) : Verdict{};
}

ComparedWrite::Verdict ComparedWrite::refuse(std::size_t i, std::uint32_t current) const {
  const std::uint32_t expected = *conditions_[i].expected_version;
  if (refusal_ == Refusal::of_all) throw VersionConflictError(expected, current, i);
  return {false, 0, nullptr, std::make_exception_ptr(VersionConflictError(expected, current, 0))};
}

/// Of an item that is there, last by that record on its way if there is one.
std::optional<ComparedWrite::Verdict> ComparedWrite::find_unchanged(std::size_t i, const model::Record* pending) const {
  const model::Record& record = records_[i];
  const bool any_time = !conditions_[i].compares_timestamp;
  if (pending != nullptr) {
    const model::ItemState& last = *pending->state;
    if (is_unchanged(*record.state, any_time, {last.data(), last.value(), last.timestamp()})) {
      return Verdict{false, 0, pending->state};
    }
    return Verdict{};
  }
  const auto cached = present_.cache.peek_item(record.key(), record.collection_name(), record.state->item_name());
  if (!cached) return std::nullopt;
  const cfp::Record& last = cached->value();
  const Value value = last.value();
  if (is_unchanged(*record.state, any_time, {last.data_text(), model::view_of(value), last.timestamp()})) {
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
    if (verdict->is_written && asks_of_own_) own.add(records_[i]);
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

}  // namespace cfp::engine
