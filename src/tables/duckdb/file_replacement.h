#pragma once

// Putting a whole new file in the place of an old one, so that a kill leaves one of the two. The only place here that
// renames, removes or syncs files. None of this may be called for a file that DuckDB has open in this process: any
// close of a descriptor of it drops DuckDB's lock.

#include <filesystem>

namespace cfp::tables::duckdb {

/// Copies the bytes to a file that is not there yet; not synced. Throws CollectionFastPersistError by the code of the
/// cause; std::filesystem's says "Input/output error" where the disk is full.
void copy_bytes(const std::filesystem::path& source, const std::filesystem::path& target);
/// NAME.new, where the file that will replace NAME is built.
std::filesystem::path replacement_of(const std::filesystem::path& file);
/// DuckDB's own log of a file.
std::filesystem::path log_of(const std::filesystem::path& file);
/// Whether a log of DuckDB's, also of a checkpoint that did not end, lies beside the file.
bool has_any_log(const std::filesystem::path& file);
/// A second name of a file that nobody has open, under which DuckDB finds no log beside it; gone with the object.
class NameWithoutLog {
 public:
  NameWithoutLog(const std::filesystem::path& file, const std::filesystem::path& directory);
  NameWithoutLog(const NameWithoutLog&) = delete;
  NameWithoutLog& operator=(const NameWithoutLog&) = delete;
  ~NameWithoutLog();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};
/// Removes NAME.new and its logs, left by a kill.
void remove_replacement(const std::filesystem::path& file);
/// The same where nobody can be told of a failure: the next open removes it.
void discard_replacement(const std::filesystem::path& file) noexcept;
/// Copies another file to NAME.new, synced, for `put_in_place`. Failure: nothing is left of it.
void make_replacement(const std::filesystem::path& source, const std::filesystem::path& file);
/// Removes the logs of a file that is about to be replaced: what they hold is in the replacement.
void remove_logs(const std::filesystem::path& file);
/// A log without its file would be replayed into the next file of that name: renames it to NAME.wal.corrupt.
void set_aside_orphaned_logs(const std::filesystem::path& file);
/// Owner may read and write, nobody else; the file and its log.
void make_private(const std::filesystem::path& file);
/// Syncs NAME.new, renames it to NAME and syncs the directory. Throws CollectionFastPersistError.
void put_in_place(const std::filesystem::path& file);

}  // namespace cfp::tables::duckdb
