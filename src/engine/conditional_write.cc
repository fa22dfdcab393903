#include "engine/conditional_write.h"

#include <algorithm>
#include <utility>

#include "cfp/error.h"
#include "wal/line.h"

namespace cfp::engine {
namespace {

constexpr std::uint64_t kMostBatchBytes = 64 * 1024 * 1024;
constexpr std::uint64_t kRestOfALine = 192;  // number, time, batch and checksums

}  // namespace

void ConditionalWrite::check_size() const {
  std::uint64_t bytes = 0;
  for (const std::string& line : line_starts_) bytes += line.size() + kRestOfALine;
  if (bytes <= kMostBatchBytes || line_starts_.size() == 1) return;
  throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                   "Nothing was changed: together it has " + std::to_string(bytes) +
                                       " bytes, and what happens as one may have 64 MiB. Do it in several parts.");
}

wal::LineBatch ConditionalWrite::decide(const wal::PendingItems& before) {
  used_room_ = count_ = deleted_ = 0;
  is_stale_ = !fill(before) || !has_room();
  if (is_stale_) return {};
  check_size();
  count_ = records_.size();
  for (const model::Record& record : records_) deleted_ += is_delete(record) ? 1U : 0U;
  return {records_, line_starts_, records_.size() > 1 && is_atomic()};
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

}  // namespace cfp::engine
