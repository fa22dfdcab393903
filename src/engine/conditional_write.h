#pragma once

// Writes that depend on what is there: an expected version, an unchanged item, a request that was answered before, a
// delete, a whole collection. Each is decided at its place in the log, by the leader of its group, who must not wait:
// so the caller loads what it asks of beforehand, and where the answer is not in memory even so, or there is no room
// for it, the write is *stale*: nothing was written, and the caller tries again.

#include <cstdint>
#include <string>
#include <vector>

#include "flush/unflushed_set.h"
#include "model/record.h"
#include "wal/group_commit.h"

namespace cfp::engine {

/// Threads: one at a time. Owns room in the unflushed set, which its records have once they are written.
class ConditionalWrite : public wal::Proposal {
 public:
  explicit ConditionalWrite(flush::UnflushedSet& unflushed) : unflushed_(unflushed) {}

  wal::LineBatch decide(const wal::PendingItems& before) final;
  /// The room to reserve before `commit`; it may turn out there that more is needed.
  [[nodiscard]] std::uint64_t wanted_room() const noexcept { return wanted_room_; }
  /// That room was reserved.
  void take_room(std::uint64_t bytes) noexcept { room_ = bytes; }
  /// Gives back what the records that were written do not need; all of it when there are none.
  void give_back_room(bool was_written);
  [[nodiscard]] bool is_stale() const noexcept { return is_stale_; }
  /// How many records were written, and deletes among them.
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t deleted() const noexcept { return deleted_; }

 protected:
  static bool is_delete(const model::Record& record) { return record.state->operation() == model::Operation::erase; }
  /// Makes `records` and their `line_starts` what is to be written. False: it is not in memory what that is.
  virtual bool fill(const wal::PendingItems& before) = 0;
  /// Whether a crash may leave some of the records.
  [[nodiscard]] virtual bool is_atomic() const { return true; }
  /// Room for records that are there already.
  void want_room_for_records();
  /// Throws invalid_argument where the records are more than one batch may be.
  void check_size() const;
  void add(model::Record record);
  void keep(const std::vector<bool>& is_kept);
  void clear();

  std::vector<model::Record> records_;
  std::vector<std::string> line_starts_;

 private:
  [[nodiscard]] bool has_room();

  flush::UnflushedSet& unflushed_;
  std::uint64_t wanted_room_ = 0, room_ = 0, used_room_ = 0;
  std::uint64_t count_ = 0, deleted_ = 0;
  bool is_stale_ = false;
};

}  // namespace cfp::engine
