#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "engine/conditional_write.h"
#include "engine/present.h"

namespace cfp::engine {

/// Given records, each with its condition: all or none, or each for itself. Deletes of what is not there are left out,
/// and so is what is there already.
class ComparedWrite final : public ConditionalWrite {
 public:
  struct Part {
    model::Record record;
    std::optional<std::uint32_t> expected_version;
    bool skip_unchanged = false;
    bool compares_timestamp = false;  ///< It was given, and not made of the time of the call.

    [[nodiscard]] bool is_conditional() const noexcept;
  };
  /// What a version that is not the expected one refuses.
  enum class Refusal { of_all, of_one };
  ComparedWrite(const Present& present, flush::UnflushedSet& unflushed, std::vector<Part> parts, Refusal refusal);

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
  /// Why that part alone was refused; null: it was not.
  [[nodiscard]] const std::exception_ptr& refusal(std::size_t i) const { return verdicts_[i].refusal; }

 private:
  struct Condition {
    std::optional<std::uint32_t> expected_version;
    bool skip_unchanged = false, compares_timestamp = false, is_delete = false;

    [[nodiscard]] bool is_on_item() const noexcept { return expected_version || skip_unchanged || is_delete; }
  };
  /// What becomes of a part. What stands in its place has its number later, where it is on its way.
  struct Verdict {
    bool is_written = true;
    std::uint64_t standing_sequence = 0;
    model::State standing = nullptr;
    std::exception_ptr refusal = nullptr;
  };

  bool fill(const wal::PendingItems& before) override;
  [[nodiscard]] bool is_atomic() const override { return refusal_ == Refusal::of_all; }
  [[nodiscard]] std::optional<Verdict> judge(std::size_t i, const wal::PendingItems& before,
                                             const wal::PendingItems& own) const;
  [[nodiscard]] std::optional<Verdict> find_unchanged(std::size_t i, const model::Record* pending) const;

  [[nodiscard]] Verdict refuse(std::size_t i, std::uint32_t current) const;

  const Present present_;
  const Refusal refusal_;
  std::vector<Condition> conditions_;
  std::vector<Verdict> verdicts_;
  bool asks_of_own_ = false;  // of the parts before one
  std::uint64_t bytes_ = 0;
};

}  // namespace cfp::engine
