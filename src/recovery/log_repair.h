#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cfp/repair.h"
#include "os/file_system.h"
#include "recovery/log_replay.h"
#include "recovery/repair_plan.h"
#include "wal/segment_rewriter.h"

namespace cfp::recovery {

/// What a repair of the log comes to.
struct LogRepairResult {
  RepairPlan plan;
  std::vector<RepairStep> steps;
  std::vector<MissingSequences> missing;
  std::uint64_t last_sequence = 0;  ///< That the store then has.
};

/// Finds out how a damaged log becomes one that opens. It is tried in memory, by the replay of the open itself: what
/// stops it is mended, and it is tried again, until nothing does. A segment with damage in it is replaced by segments
/// of its good runs; a gap in the sequences is declared by the first segment behind it, and that is the loss.
/// Changes nothing on disk: `base` must be an overlay, in which the log then is as it will be.
class LogRepair {
 public:
  LogRepair(os::Directory& base, std::string store_id, std::uint64_t watermark);

  /// Throws as LogReplay but for damage.
  LogRepairResult run();

 private:
  struct Range {
    std::uint64_t first, last;
  };

  void try_replay();
  void mend(const LogDamage& damage);
  void learn();
  bool mend_headless();
  void rewrite(os::Directory& directory, const std::string& name, const LogDamage& damage);
  void declare_gap(RepairPlan::File& planned, const LogDamage& damage);
  void put_aside(os::Directory& directory, const std::string& name, std::uint64_t offset, std::uint64_t bytes,
                 std::uint64_t text_bytes);
  bool is_repetition(const LogDamage& damage, const wal::SegmentRemains& remains);
  void account();

  os::Directory& base_;
  const std::string store_id_;
  const std::uint64_t watermark_;
  LogRepairResult result_;
  std::vector<RepairStep> asides_;
  std::vector<Range> delivered_;  ///< By the last replay that was tried.
  std::vector<Range> given_up_;   ///< Jumps that the log as found declares.
  std::uint64_t acknowledged_ = 0, highest_ = 0;
  bool has_learned_ = false;
};

}  // namespace cfp::recovery
