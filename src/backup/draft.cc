#include "backup/draft.h"

#include <system_error>
#include <utility>

#include "backup/catalog.h"
#include "base/failpoint.h"
#include "base/mutant.h"
#include "cfp/error.h"
#include "model/layout.h"
#include "os/gentle_reading.h"
#include "os/low_priority.h"

namespace cfp::backup {

const TableName kHistory{model::kHistoryFile, model::kHistoryTable};
const TableName kLatest{model::kLatestFile, model::kLatestTable};

namespace {

std::string draft_file(std::string_view table_file) {
  return backup_file(table_file) + std::string(model::kTemporarySuffix);
}

}  // namespace

Draft::Draft(os::Directory& directory, TableName name, tables::TableStore& tables, std::string_view store_id,
             tables::Pace pace)
    : directory_(directory),
      tables_(tables),
      name_(name),
      pace_(pace),
      final_name_(backup_file(name.file)),
      draft_name_(draft_file(name.file)) {
  look_at_place(store_id);
}

Draft::~Draft() {
  if (!exists_) return;
  file_.reset();
  try {
    directory_.remove(draft_name_);
  } catch (...) {
    // The next backup removes it.
  }
}

void Draft::look_at_place(std::string_view store_id) {
  for (const os::DirectoryEntry& entry : directory_.list()) {
    if (entry.name != final_name_) continue;
    const auto refuse = [&](const std::string& what) {
      throw CollectionFastPersistError(
          ErrorCode::foreign, path().string() + " " + what + ", and is left alone: no backup was made. Move it away.");
    };
    if (entry.kind != os::EntryKind::file) refuse("is no regular file");
    const auto meta = tables_.read_meta(path(), name_.table);
    if (meta && meta->store_id != store_id) refuse("is a backup of another store (" + meta->store_id + ")");
    replaced_ = meta;
    is_replacing_ = true;
  }
}

void Draft::begin() {
  if (directory_.contains(draft_name_)) directory_.remove(draft_name_);
  file_ = directory_.open(draft_name_, os::OpenMode::create);
  exists_ = true;
  CFP_FAILPOINT("backup.before_copy");
}

void Draft::copy(const TableCopy& copy_table, const std::atomic<bool>& cancelled,
                 const std::function<bool()>& is_waited_for) {
  begin();
  expected_ = copy_table([&](std::string_view bytes) {
    if (cancelled.load(std::memory_order_relaxed)) {
      throw CollectionFastPersistError(ErrorCode::closed, "The backup was given up: the store is being closed.");
    }
    write(bytes, is_waited_for() ? tables::Pace::full : pace_);
  });
}

void Draft::write(std::string_view bytes, tables::Pace pace) {
  // A store that comes meanwhile waits for one such write, or for two: the disk is never without one.
  const std::size_t most = pace == tables::Pace::full ? 1024 * 1024 : 16 * 1024;
  for (std::size_t at = 0; at < bytes.size(); at += most) {
    const std::string_view piece = bytes.substr(at, most);
    file_->write(bytes_, piece);
    file_->write_back(bytes_, piece.size());
    bytes_ += piece.size();
  }
}

void Draft::verify() {
  file_->sync();
  file_->drop_pages();  // what is read back shall come from the disk
  made_at_ = file_->modified_at();
  file_.reset();
  CFP_FAILPOINT("backup.before_verify");
  const std::filesystem::path path = directory_.path() / draft_name_;
  const auto look = [&] { return tables_.verify(path, name_.table, pace_); };
  const auto found = pace_ == tables::Pace::full ? look() : os::with_low_priority([&] {
    os::read_gently(path);
    return look();
  });
  if ((found && *found == expected_) || CFP_MUTANT("count_an_unverified_backup")) return;
  throw CollectionFastPersistError(ErrorCode::corrupt,
                                   "The copy of " + std::string(name_.file) + " was read back and " +
                                       (found ? "is not what the table holds" : "cannot be read in full") +
                                       "; it was removed. The backups of before and the log stay. Look after the disk; "
                                       "the next open reads both tables in full, and heals what is damaged.");
}

/// What cannot be read is kept, and what has records that the table does not have: somebody put an older history file
/// back.
bool Draft::keeps_replaced() const { return !replaced_ || replaced_->watermark > expected_.watermark; }

void Draft::set_aside() {
  const std::string first = final_name_ + std::string(model::kCorruptSuffix);
  CFP_FAILPOINT("backup.before_set_aside");
  if (directory_.contains(first)) {
    directory_.rename(first, final_name_ + ".2" + std::string(model::kCorruptSuffix));
  }
  directory_.rename(final_name_, first);
}

void Draft::withdraw_replaced() {
  if (!std::exchange(is_replacing_, false)) return;
  if (keeps_replaced()) {
    set_aside();
  } else {
    directory_.remove(final_name_);
  }
  directory_.sync();
}

void Draft::put_in_place() {
  if (is_replacing_ && keeps_replaced() && !CFP_MUTANT("replace_what_cannot_be_read")) set_aside();
  CFP_FAILPOINT("backup.before_rename");
  directory_.rename(draft_name_, final_name_);
  exists_ = false;
  CFP_FAILPOINT("backup.after_rename");
  directory_.sync();
}

void remove_leftovers(os::Directory& base) {
  for (const os::DirectoryEntry& entry : base.list()) {
    if (entry.kind != os::EntryKind::directory || !model::parse_date_directory(entry.name)) continue;
    try {
      const auto directory = base.open_directory(entry.name, false);
      for (const os::DirectoryEntry& file : directory->list()) {
        const bool is_draft = file.name == draft_file(kHistory.file) || file.name == draft_file(kLatest.file);
        if (is_draft && file.kind != os::EntryKind::directory) directory->remove(file.name);
      }
    } catch (const std::system_error&) {
      continue;  // a directory that nobody may enter keeps nobody from making a backup in another
    }
  }
}

}  // namespace cfp::backup
