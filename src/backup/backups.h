#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backup/retirement.h"
#include "backup/table_copy.h"
#include "cfp/backup.h"
#include "cfp/config.h"
#include "os/background.h"
#include "os/clock.h"
#include "os/file_system.h"
#include "tables/table_store.h"

namespace cfp::backup {

struct BackupOptions {
  Date store_date;
  std::string store_id;
  int retain_days = 5;
  bool archives_log = false;
  std::uint64_t log_bytes = 256 * 1024 * 1024;
  std::chrono::milliseconds interval{86'400'000};
};

/// The two tables, with everything acknowledged before in both of them.
struct TableAccess {
  TableCopy copy_history, copy_latest;
  tables::Pace pace = tables::Pace::full;  ///< Of copying, and of the reading afterwards.
  /// Whether somebody waits for the end of a copy: then it goes on at full pace.
  std::function<bool()> is_waited_for = [] { return false; };
};

/// What this room asks of the store it belongs to.
struct StoreView {
  TableAccess running;                             ///< While the store is open.
  std::function<std::vector<Segment>()> segments;  ///< Of this store, without the one that is being written.
  std::function<std::uint64_t()> last_sequence;
  std::function<std::uint64_t()> log_bytes;                  ///< Of sealed, live segments.
  std::function<std::uint64_t()> table_bytes;                ///< Size of both files.
  std::function<std::uint64_t()> table_log_bytes;            ///< Of DuckDB's logs beside them, which go into a copy.
  std::function<std::optional<std::uint64_t>()> free_bytes;  ///< What the disk has beyond what the log needs next.
  std::function<void()> damage_found;  ///< A table, copied, could not be read in full: the next open must look.
  std::function<void(LogLevel, const std::string&)> log;
};

/// What is to be told to people.
using Messages = std::vector<std::pair<LogLevel, std::string>>;

/// Makes the backups of an open store: by call, when the log has grown, by time, and at its close. After each one it
/// retires the log segments that are in two of them, and lets retention delete old ones.
/// Threads: any; one backup at a time, others wait for their turn. Nothing is logged with a mutex held.
/// Durability: a backup has its name only once it was verified; no segment is touched before that.
/// Failure: a failed backup leaves nothing behind, and everything else as it was; it is kept in `numbers`, and the
/// background step tries again, less and less often.
class Backups {
 public:
  struct Numbers {
    std::uint64_t made = 0;
    std::optional<Timestamp> last_at;  ///< Of the last one made, in an earlier session too.
    std::uint64_t last_watermark = 0;
    std::string last_error;  ///< Empty once one was made.
    std::uint64_t retired_files = 0, retired_bytes = 0;
    std::uint64_t kept_log_bytes = 0;  ///< Of segments that are covered or archived.
  };

  Backups(os::Directory& base, tables::TableStore& tables, os::Clock& clock, BackupOptions options, StoreView store);

  /// Starts the background step. Its first one looks at what earlier sessions left.
  void start(os::Background& background);
  /// Gives a running backup up, and waits for that. From then on `make` throws `closed`.
  void stop() noexcept;
  [[nodiscard]] bool is_stopped() const noexcept { return stopped_; }

  /// A backup of the running store, in the directory of the clock's day. Throws.
  BackupInfo make();
  /// The last one, of tables that were closed, in the directory of the store's date; none when there is one already
  /// with everything. Then retires every segment. Call after `stop`. Throws.
  void make_at_close(const TableAccess& closed, Messages& messages);

  [[nodiscard]] Numbers numbers() const;

 private:
  template <class Work>
  auto run_alone(const Work& work);
  BackupInfo make_locked(const Date& day, const TableAccess& access, Messages& messages);
  void check_room() const;
  void tidy(Messages& messages);
  void retire_covered(const std::vector<BackupInfo>& backups, Messages& messages);
  std::chrono::milliseconds step() noexcept;
  void look(Messages& messages);
  [[nodiscard]] bool is_due();
  void note_backup(const BackupInfo& backup);
  void note_failure(const std::string& cause);

  os::Directory& base_;
  tables::TableStore& tables_;
  os::Clock& clock_;
  const BackupOptions options_;
  const StoreView store_;

  std::mutex mutex_;  // one backup at a time; guards what follows
  bool has_looked_ = false;
  std::uint64_t log_bytes_then_ = 0;  // at the last backup: what it did not cover does not ask for the next
  std::chrono::steady_clock::time_point next_by_time_;
  std::chrono::steady_clock::time_point not_before_;  // after a failure
  std::chrono::milliseconds pause_after_failure_;

  std::atomic<bool> stopped_{false};
  mutable std::mutex numbers_mutex_;
  Numbers numbers_;
  std::unique_ptr<os::BackgroundTask> task_;  // last: its destructor waits for a running step
};

}  // namespace cfp::backup
