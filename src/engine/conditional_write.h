#pragma once

// Writes that depend on what is there: an expected version, an unchanged item, a request that was answered before, a
// delete, a whole collection. Each is decided at its place in the log, by the leader of its group, who must not wait:
// so the caller loads what it asks of beforehand, and where the answer is not in memory even so, or there is no room
// for it, the write is *stale*: nothing was written, and the caller tries again.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cache/cache.h"
#include "cfp/batch.h"
#include "engine/answered_requests.h"
#include "flush/unflushed_set.h"
#include "model/encoder.h"
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
  /// Makes `records` and their `line_starts` what is to be written. False: it is not in memory what that is.
  virtual bool fill(const wal::PendingItems& before) = 0;
  /// Room for records that are there already.
  void want_room_for_records();
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

/// What a write stands on that depends on what is there.
struct Present {
  const cache::Cache& cache;
  const AnsweredRequests& requests;
};

/// Given records, each with its condition. All or none; deletes of what is not there are left out, and so is what is
/// there already.
class ComparedWrite final : public ConditionalWrite {
 public:
  struct Part {
    model::Record record;
    std::optional<std::uint32_t> expected_version;
    bool skip_unchanged = false;
    bool compares_timestamp = false;  ///< It was given, and not made of the time of the call.
  };
  ComparedWrite(const Present& present, flush::UnflushedSet& unflushed, std::vector<Part> parts);

  [[nodiscard]] std::uint64_t bytes() const override { return bytes_; }
  /// The records whose condition is on what their item has.
  template <class Visit>
  void for_each_condition(Visit visit) const {
    for (std::size_t i = 0; i < records_.size(); ++i) {
      if (conditions_[i].is_on_item()) visit(records_[i]);
    }
  }
  /// One for each part, once it was written with that last sequence: as BatchResult says.
  [[nodiscard]] std::vector<std::uint64_t> sequences(std::uint64_t last) const;

 private:
  struct Condition {
    std::optional<std::uint32_t> expected_version;
    bool skip_unchanged, compares_timestamp, is_delete;

    [[nodiscard]] bool is_on_item() const noexcept { return expected_version || skip_unchanged || is_delete; }
  };
  /// What becomes of a part. What stands in its place has its number later, where it is on its way.
  struct Verdict {
    bool is_written = true;
    std::uint64_t standing_sequence = 0;
    std::shared_ptr<const model::ItemState> standing = nullptr;
  };

  bool fill(const wal::PendingItems& before) override;
  [[nodiscard]] std::optional<Verdict> judge(std::size_t i, const wal::PendingItems& before,
                                             const wal::PendingItems& own) const;
  [[nodiscard]] std::optional<Verdict> find_unchanged(std::size_t i, const model::Record* pending) const;

  const Present present_;
  std::vector<Condition> conditions_;
  std::vector<Verdict> verdicts_;
  bool has_conditions_ = false;
  std::uint64_t bytes_ = 0;
};

/// Tombstones of all that a collection has, or a key.
class DeleteAll final : public ConditionalWrite {
 public:
  struct Selection {
    std::string_view key;
    std::optional<std::string_view> collection_name;
    std::optional<std::string_view> username;
    const ChangeOptions& options;
  };
  DeleteAll(const Present& present, flush::UnflushedSet& unflushed, const model::Schema& schema,
            const Selection& selection)
      : ConditionalWrite(unflushed), present_(present), schema_(schema), selection_(selection) {}

  [[nodiscard]] std::uint64_t bytes() const override { return wanted_room(); }  // lines are shorter than records

 private:
  bool fill(const wal::PendingItems& before) override;
  void add_items(std::string_view collection_name, const Items& items, const wal::PendingItems& before);
  [[nodiscard]] bool selects(const model::Record& record) const;
  [[nodiscard]] model::Record tombstone(std::string_view collection_name, std::string_view item_name) const;

  const Present present_;
  const model::Schema& schema_;
  const Selection selection_;
};

}  // namespace cfp::engine
