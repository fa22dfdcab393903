#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/record.h"
#include "recovery/readable_history.h"
#include "recovery/repair_plan.h"
#include "recovery/store_repair.h"

namespace cfp::recovery {

/// A history that is beyond healing, and what it is made of anew: the best backup; for what came after it the rows of
/// latest, which keep version and sequence; and the records of the log up to there. What only history had is lost.
class HistoryRemake {
 public:
  /// Looks at everything; changes nothing. `disk` is an overlay over the base directory.
  HistoryRemake(const RepairParts& parts, os::Directory& disk);

  /// Whether the open restores history from backup and log by itself.
  [[nodiscard]] bool heals_by_itself() const noexcept { return heals_; }
  [[nodiscard]] const std::string& store_id() const noexcept { return store_id_; }
  /// Through where the history made anew reaches; the log counts from there.
  [[nodiscard]] std::uint64_t watermark() const noexcept { return watermark_; }

  /// Adds what is set aside and what takes its place.
  void plan(RepairPlan& plan, RepairReport& report);
  /// Makes the new file, if there is to be one, in a directory of its own.
  void make(const std::filesystem::path& directory) const;

 private:
  void consider_checkpoint();
  [[nodiscard]] bool log_leads(std::uint64_t from, std::uint64_t through);
  void read_log();
  void account(RepairReport& report) const;
  void put_aside(const std::string& name, RepairPlan& plan, RepairReport& report);

  const RepairParts& parts_;
  os::Directory& disk_;
  std::optional<ReadableHistory> backup_;  // or the live file without its log
  std::optional<tables::Meta> latest_;     // where it has more than the backup
  std::string store_id_;
  std::uint64_t watermark_ = 0;
  bool heals_ = false;
  std::vector<std::uint64_t> carried_;  // sequences of latest's rows
  std::vector<model::Record> logged_;   // the log's other records through the watermark
};

}  // namespace cfp::recovery
