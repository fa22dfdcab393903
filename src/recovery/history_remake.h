#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/record.h"
#include "recovery/log_inventory.h"
#include "recovery/readable_history.h"
#include "recovery/repair_plan.h"
#include "recovery/store_repair.h"

namespace cfp::recovery {

/// The history that a store is repaired with. Mostly the one that is there. One that is beyond healing, or knows less
/// than other files say there was, is made anew: of the best that can be read (the live file, the same without DuckDB's
/// own log, or a backup); for what came after it of the rows of latest, which keep version and sequence; and of the
/// records of the log up to there. What only the lost history had is lost.
class HistoryRemake {
 public:
  /// Looks at everything; changes nothing. `disk` is an overlay over the base directory. Throws `corrupt` when nothing
  /// of the store can be read.
  HistoryRemake(const RepairParts& parts, os::Directory& disk);

  /// Whether nothing stops the open, or it mends by itself what would.
  [[nodiscard]] bool is_for_the_open() const noexcept { return is_for_the_open_; }
  [[nodiscard]] const std::string& store_id() const noexcept { return store_id_; }
  /// Through where the history reaches; the log counts from there.
  [[nodiscard]] std::uint64_t watermark() const noexcept { return watermark_; }

  /// Adds what is set aside and what takes its place.
  void plan(RepairPlan& plan, RepairReport& report);
  /// Sets aside what says that the store went further than the log leads once it is mended: an open would wait for it.
  void drop_claims(std::uint64_t last_sequence, RepairPlan& plan, RepairReport& report);
  /// Makes the new file, if there is to be one, in a directory of its own.
  void make(const std::filesystem::path& directory) const;

 private:
  [[nodiscard]] std::string choose_id(const std::optional<ReadableHistory>& live, const LogInventory& inventory) const;
  void consider_checkpoint();
  [[nodiscard]] std::uint64_t known_through() const;
  [[nodiscard]] bool log_leads(std::uint64_t through);
  void read_log();
  void account(RepairReport& report) const;
  void note_numbers(std::uint64_t through, std::uint64_t after, RepairPlan& plan, RepairReport& report);
  void put_aside(const std::filesystem::path& file, RepairPlan& plan, RepairReport& report);
  void put_table_aside(std::string_view file, RepairPlan& plan, RepairReport& report);

  const RepairParts& parts_;
  os::Directory& disk_;
  std::optional<ReadableHistory> base_;  // what the history is, or is made of
  std::optional<tables::Meta> latest_;   // where it has more than that
  std::vector<ReadableHistory> claims_;  // what all files that open say of themselves, readable to the end or not
  std::string store_id_;
  std::uint64_t watermark_ = 0;
  bool has_live_ = false;  // base_ is the live file
  bool has_log_ = false;
  bool is_for_the_open_ = false;
  std::vector<std::uint64_t> carried_;  // sequences of latest's rows
  std::vector<model::Record> logged_;   // the log's other records through the watermark
};

}  // namespace cfp::recovery
