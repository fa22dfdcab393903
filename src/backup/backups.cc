#include "backup/backups.h"

#include <algorithm>
#include <system_error>

#include "backup/catalog.h"
#include "backup/draft.h"
#include "backup/retention.h"
#include "base/failpoint.h"
#include "cfp/error.h"

namespace cfp::backup {
namespace {

constexpr std::chrono::milliseconds kPause{1000};
constexpr std::chrono::milliseconds kFirstPauseAfterFailure{60'000};
constexpr std::chrono::milliseconds kLongestPauseAfterFailure{3'600'000};

std::unique_ptr<os::Directory> open_day(os::Directory& base, const Date& day) {
  const std::string name = day.to_string();
  try {
    return base.open_directory(name, true);
  } catch (const std::system_error& error) {
    const bool is_ours =
        error.code() != std::errc::too_many_symbolic_link_levels && error.code() != std::errc::not_a_directory;
    if (is_ours) throw;
    throw CollectionFastPersistError(ErrorCode::foreign, (base.path() / name).string() +
                                                             " is a link or no directory, and is left alone: no backup "
                                                             "was made. Move it away.");
  }
}

BackupInfo describe(const Draft& draft, const Date& day) {
  return {draft.path(),
          day,
          true,
          "",
          draft.meta().store_id,
          draft.meta().watermark,
          draft.meta().rows,
          draft.bytes(),
          Timestamp(draft.made_at())};
}

/// A backup with records that the store does not have is of another course of its history: somebody has put an older
/// file back. It says nothing about what this store has written since, and is left alone.
std::vector<BackupInfo> of_this_course(std::vector<BackupInfo> backups, std::uint64_t last_sequence) {
  std::erase_if(backups, [&](const BackupInfo& backup) { return backup.watermark > last_sequence; });
  return backups;
}

}  // namespace

Backups::Backups(os::Directory& base, tables::TableStore& tables, os::Clock& clock, BackupOptions options,
                 StoreView store)
    : base_(base),
      tables_(tables),
      clock_(clock),
      options_(std::move(options)),
      store_(std::move(store)),
      next_by_time_(clock.steady_now() + options_.interval),
      not_before_(clock.steady_now()),
      pause_after_failure_(kFirstPauseAfterFailure) {}

void Backups::start(os::Background& background) {
  task_ = background.start("cfp-backup", std::chrono::milliseconds(0), [this] { return step(); });
}

void Backups::stop() noexcept {
  stopped_ = true;
  task_.reset();
  const std::lock_guard lock(mutex_);  // a caller's backup gives up, too
}

/// `work(messages)` as the only one; what it has to tell is told once the mutex is given back, since whoever listens
/// may wait for a lock of a caller's.
template <class Work>
auto Backups::run_alone(const Work& work) {
  Messages messages;
  struct Teller {
    const StoreView& store;
    const Messages& messages;
    ~Teller() {
      for (const auto& [level, text] : messages) store.log(level, text);
    }
  };
  const Teller teller{store_, messages};
  const std::lock_guard lock(mutex_);
  return work(messages);
}

BackupInfo Backups::make() {
  return run_alone([&](Messages& messages) {
    const Date today(std::chrono::floor<std::chrono::days>(clock_.now()));
    BackupInfo backup = make_locked(today, store_.running, messages);
    tidy(messages);
    return backup;
  });
}

void Backups::make_at_close(const TableAccess& closed, Messages& messages) {
  const std::lock_guard lock(mutex_);
  stopped_ = false;  // this one is not given up
  const auto backups =
      of_this_course(readable_backups_of(options_.store_id, find_backups(base_, tables_)), store_.last_sequence());
  const bool has_all = !backups.empty() && backups.front().watermark == store_.last_sequence();
  if (!has_all) static_cast<void>(make_locked(options_.store_date, closed, messages));
  tidy(messages);
}

BackupInfo Backups::make_locked(const Date& day, const TableAccess& access, Messages& messages) {
  try {
    if (stopped_) throw CollectionFastPersistError(ErrorCode::closed, "The store is closed; open it again.");
    remove_leftovers(base_);
    check_room();
    const auto directory = open_day(base_, day);
    // Latest is copied first and put in place last, and the one of before is gone by then: so whatever lies beside a
    // history is of the same course and not ahead of it, and can be built on. It is a convenience: what goes wrong
    // with it is only told.
    std::optional<Draft> latest;
    bool has_latest = true;
    const auto for_latest = [&](const auto& work) {
      try {
        if (has_latest) work();
      } catch (const std::exception& error) {
        has_latest = false;
        messages.emplace_back(LogLevel::warning,
                              std::string("The backup is without storage_latest.duckdb: ") + error.what());
      }
    };
    Draft history(*directory, kHistory, tables_, options_.store_id, access.pace);
    for_latest([&] {
      latest.emplace(*directory, kLatest, tables_, options_.store_id, access.pace);
      latest->copy(access.copy_latest, stopped_, access.is_waited_for);
    });
    history.copy(access.copy_history, stopped_, access.is_waited_for);
    history.verify();
    for_latest([&] { latest->verify(); });
    if (latest) latest->withdraw_replaced();
    history.put_in_place();
    for_latest([&] { latest->put_in_place(); });
    BackupInfo backup = describe(history, day);
    note_backup(backup);
    messages.emplace_back(LogLevel::info, "Made the backup " + backup.path.string() + " of every record through " +
                                              std::to_string(backup.watermark));
    return backup;
  } catch (const CollectionFastPersistError& error) {
    if (error.code() == ErrorCode::corrupt) store_.damage_found();
    note_failure(error.what());
    throw;
  } catch (const std::exception& error) {
    note_failure(error.what());
    throw;
  }
}

void Backups::check_room() const {
  const std::optional<std::uint64_t> free = store_.free_bytes();
  const std::uint64_t needed = store_.table_bytes() + store_.table_log_bytes();
  if (!free || *free >= needed) return;
  throw CollectionFastPersistError(
      ErrorCode::disk_full, "No backup was made: it needs " + std::to_string(needed) + " bytes, and the disk has " +
                                std::to_string(*free) +
                                " beyond what the log needs next. Nothing was lost; free some space.");
}

/// What follows from a new backup. The backup stands whatever becomes of this; the next one repeats it.
void Backups::tidy(Messages& messages) {
  try {
    auto backups = of_this_course(find_backups(base_, tables_), store_.last_sequence());
    const RetentionRule rule{options_.store_id, options_.store_date, options_.retain_days, clock_.now()};
    const RetentionResult removed = apply_retention(base_, tables_, backups, rule);
    for (const std::string& name : removed.removed_backups) {
      messages.emplace_back(LogLevel::info, "Deleted the old backup " + name);
    }
    if (!removed.removed_backups.empty()) {
      backups = of_this_course(find_backups(base_, tables_), store_.last_sequence());
    }
    retire_covered(backups, messages);
  } catch (const std::exception& error) {
    messages.emplace_back(LogLevel::warning,
                          std::string("Old backups and log segments are still there, and are looked at again after the "
                                      "next backup: ") +
                              error.what());
  }
}

void Backups::retire_covered(const std::vector<BackupInfo>& backups, Messages& messages) {
  CFP_FAILPOINT("retire.begin");
  const Coverage coverage = coverage_of(readable_backups_of(options_.store_id, backups));
  const RetirementResult retired = retire(store_.segments(), coverage, options_.archives_log);
  {
    const std::lock_guard lock(numbers_mutex_);
    numbers_.retired_files += retired.retired_files;
    numbers_.retired_bytes += retired.retired_bytes;
    numbers_.kept_log_bytes = retired.kept_bytes;
  }
  log_bytes_then_ = store_.log_bytes();
  if (retired.retired_files + retired.removed_files == 0) return;
  messages.emplace_back(LogLevel::info, std::to_string(retired.retired_files) + " log segments are covered now, and " +
                                            std::to_string(retired.removed_files) + " were deleted");
}

/// What earlier sessions left: the last backup, and what a kill kept from being done after it.
void Backups::look(Messages& messages) {
  if (std::exchange(has_looked_, true)) return;
  remove_leftovers(base_);
  const auto backups =
      of_this_course(readable_backups_of(options_.store_id, find_backups(base_, tables_)), store_.last_sequence());
  if (backups.empty()) return;
  const BackupInfo& newest = backups.front();
  {
    const std::lock_guard lock(numbers_mutex_);
    if (numbers_.made == 0) {
      numbers_.last_at = newest.made_at;
      numbers_.last_watermark = newest.watermark;
    }
  }
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - newest.made_at.utc());
  next_by_time_ -= std::clamp(age, std::chrono::milliseconds(0), options_.interval);
  retire_covered(backups, messages);
}

bool Backups::is_due() {
  const auto now = clock_.steady_now();
  if (now < not_before_ || store_.last_sequence() <= numbers().last_watermark) return false;
  if (now >= next_by_time_) return true;
  const std::uint64_t log_bytes = store_.log_bytes();
  const std::uint64_t grown = log_bytes - std::min(log_bytes, log_bytes_then_);
  return grown > options_.log_bytes && grown > store_.table_bytes() / 2;
}

std::chrono::milliseconds Backups::step() noexcept {
  try {
    run_alone([&](Messages& messages) {
      look(messages);
      if (stopped_ || !is_due()) return;
      try {
        const Date today(std::chrono::floor<std::chrono::days>(clock_.now()));
        static_cast<void>(make_locked(today, store_.running, messages));
      } catch (const std::exception& error) {
        if (stopped_) return;
        messages.emplace_back(LogLevel::error,
                              std::string("A backup failed; nothing is lost, and it is tried again: ") + error.what());
        return;
      }
      tidy(messages);
    });
  } catch (const std::exception& error) {
    try {
      store_.log(LogLevel::warning, std::string("Looking at the backups failed: ") + error.what());
    } catch (...) {
      // No memory for the message; the next look tells.
    }
  } catch (...) {
    return kPause;
  }
  return std::clamp(options_.interval, std::chrono::milliseconds(1), kPause);
}

void Backups::note_backup(const BackupInfo& backup) {
  next_by_time_ = clock_.steady_now() + options_.interval;
  pause_after_failure_ = kFirstPauseAfterFailure;
  const std::lock_guard lock(numbers_mutex_);
  ++numbers_.made;
  numbers_.last_at = backup.made_at;
  numbers_.last_watermark = backup.watermark;
  numbers_.last_error.clear();
}

void Backups::note_failure(const std::string& cause) {
  if (stopped_) return;  // given up for the close, which tells of its own
  not_before_ = clock_.steady_now() + pause_after_failure_;
  pause_after_failure_ = std::min(2 * pause_after_failure_, kLongestPauseAfterFailure);
  const std::lock_guard lock(numbers_mutex_);
  numbers_.last_error = cause;
}

Backups::Numbers Backups::numbers() const {
  const std::lock_guard lock(numbers_mutex_);
  return numbers_;
}

}  // namespace cfp::backup
