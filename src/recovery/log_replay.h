#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cfp/error.h"
#include "recovery/log_damage.h"
#include "recovery/log_inventory.h"
#include "wal/read_ahead.h"
#include "wal/segment_reader.h"
#include "wal/segment_writer.h"

namespace cfp::recovery {

struct LogEvidence;

/// Receives replayed records in order, a whole batch at a time.
using ReplaySink = std::function<void(std::span<model::Record>, bool atomic)>;

struct ReplayResult {
  wal::LogPosition position;  ///< `next_segment` is left at its default.
  std::uint64_t recovered_records = 0;
  std::uint64_t torn_bytes = 0;
};

/// Reads the log above the history table's watermark: the longest good prefix, cut back to the last complete batch.
///
/// What lies behind the prefix is a torn tail, however long and whatever it holds, since a kernel writes pages in any
/// order; it is set aside. Unless a later line, good by itself, says that it was written when a missing record was
/// known to be durable: then acknowledged records are damaged, and it throws LogDamageError before changing anything.
/// Records through the watermark are in the table: damage among them cannot stop an open.
class LogReplay {
 public:
  /// With a background, lines are parsed ahead of their use.
  LogReplay(LogInventory& inventory, std::string store_id, std::uint64_t watermark, ReplaySink sink, Report report,
            os::Background* background = nullptr);

  ReplayResult run();
  /// What `run` would find and hand on, a torn tail's bytes too; changes nothing.
  ReplayResult preview();
  /// The same, but hands nothing on, and reads of each record only where it stands.
  ReplayResult reach();

 private:
  struct Place {
    const SegmentFile* segment = nullptr;
    std::uint64_t offset = 0;
  };

  ReplayResult read();
  [[nodiscard]] std::size_t first_needed() const;
  void begin_segment(const SegmentFile& segment);
  bool read_segment(std::size_t at);
  bool accept(wal::Line& line, const SegmentFile& segment, std::uint64_t offset, bool is_first_record);
  void deliver(wal::Line& line);
  [[nodiscard]] const SegmentFile* successor(std::size_t at) const;
  bool resume_or_stop(std::size_t at, Place broken);
  bool pass_over(const Place& broken, const LogEvidence& evidence);
  void judge_headless();
  void gather(wal::SegmentReader reader, LogEvidence& evidence);
  void refuse_if_acknowledged(const Place& broken, std::uint64_t evidence, std::uint64_t next_good) const;
  [[noreturn]] static void refuse(const Place& broken, std::uint64_t from, std::uint64_t through, bool is_gap);
  void look(const wal::Line& line);
  void set_aside(const Place& from, std::size_t later_segments);
  void settle();

  LogInventory& inventory_;
  const std::string store_id_;
  const std::uint64_t watermark_;
  const ReplaySink sink_;
  const Report report_;
  os::Background* const background_;
  bool changes_files_ = true;
  wal::Reading reading_ = wal::Reading::whole;

  ReplayResult result_;
  std::optional<wal::ReadAhead> reader_;
  std::uint64_t last_ = 0;  // sequence of the last good record
  std::uint32_t crc_ = 0;   // of the last good line
  std::uint64_t highest_seen_ = 0;
  std::vector<model::Record> batch_;
  Place batch_begin_;
  std::uint32_t batch_begin_crc_ = 0;
  std::uint64_t batch_begin_last_ = 0;
  // Where the last segment ends, for `settle`.
  Place good_end_;
  std::uint64_t group_begin_ = 0;
  std::uint64_t group_synced_ = 0;
};

}  // namespace cfp::recovery
