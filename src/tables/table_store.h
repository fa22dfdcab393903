#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "model/record.h"
#include "model/schema.h"
#include "tables/staged_table.h"
#include "tables/tables.h"

namespace cfp::tables {

/// Whether a long look may take what the machine has, or leaves it to the stores that go on meanwhile.
enum class Pace { full, beside_stores };

/// Opens, makes and replaces the tables of one base directory.
class TableStore {
 public:
  virtual ~TableStore() = default;
  [[nodiscard]] virtual bool has_history() = 0;
  [[nodiscard]] virtual bool has_latest() = 0;
  /// Whether history is one that the reference implementation wrote. Opens it; false when it does not open.
  [[nodiscard]] virtual bool is_reference_history() = 0;

  /// Opens history, or makes it with the schema and `store_id`. Throws CollectionFastPersistError: corrupt (does not
  /// open), newer_version, foreign, disk_full, io; ExtraSchemaError.
  virtual std::unique_ptr<HistoryTable> open_history(const model::Schema& configured, std::string_view store_id) = 0;
  /// Gives history, which must be closed, the columns of `configured` that it lacks, filled from the data of its rows,
  /// by a new file and a rename. Returns how many fields did not fit and are NULL. Throws as open_history.
  virtual std::uint64_t add_columns(const model::Schema& configured) = 0;
  /// Opens latest, or makes it empty. Throws as above; ExtraSchemaError when it lacks columns that were added to
  /// history.
  virtual std::unique_ptr<LatestTable> open_latest(const model::Schema& in_force, std::string_view store_id) = 0;
  /// Builds latest anew from history, at history's watermark, by a new file and a rename; the old latest must be
  /// closed. Returns its rows.
  virtual std::uint64_t rebuild_latest(HistoryTable& history, std::string_view store_id) = 0;
  /// Replaces history by a file that also has the given records (sorted by sequence, none of them there yet), with
  /// versions counted anew, by a new file and a rename; `history` is closed and the new one returned.
  virtual std::unique_ptr<HistoryTable> rebuild_history(std::unique_ptr<HistoryTable> history,
                                                        std::span<const model::Record> missing) = 0;
  /// The rows of a history file that the reference implementation wrote, in the order they were stored, from a copy.
  virtual void read_reference_history(const std::function<void(model::Record&&)>& sink) = 0;
  /// False for a file that is missing, unreadable or damaged; throws `invalid_argument` for a table that is not ours.
  virtual bool is_healthy_file(const std::filesystem::path& path, std::string_view table_name) = 0;

  /// Whether a log of the database's lies beside the table's file: it was not closed.
  [[nodiscard]] virtual bool has_log(std::string_view table_name) = 0;
  /// Looks at one of the two files while it is closed, and changes nothing. Returns what it says of itself. Throws what
  /// opening it would, and `corrupt` when something that was looked at is damaged.
  virtual Meta examine(std::string_view table_name, Look look) = 0;
  /// What a closed file that is none of the two live ones says of itself: a backup, a copy. Nothing when it cannot be
  /// read or is none of ours.
  virtual std::optional<Meta> read_meta(const std::filesystem::path& file, std::string_view table_name) = 0;
  /// The same once every column of every row has been read and compared with it; nothing for a damaged file.
  virtual std::optional<Meta> verify(const std::filesystem::path& file, std::string_view table_name,
                                     Pace pace = Pace::full) = 0;
  /// The same by its blocks' checksums and its counts alone: for a file that was verified when it was made.
  virtual std::optional<Meta> verify_blocks(const std::filesystem::path& file, std::string_view table_name) = 0;
  /// Hands the bytes of a closed table's file to `sink`, in order. Throws `corrupt` when a log of the database's lies
  /// beside it, which has what the file lacks.
  virtual void copy(std::string_view table_name, const ByteSink& sink) = 0;
  /// Copies a backup beside the table that it is to be. From any thread, beside one that reads files.
  virtual std::unique_ptr<StagedTable> stage(std::string_view table_name, const std::filesystem::path& backup) = 0;
  /// Makes history, which must not be there, of another history file's rows through a sequence, under a store id of its
  /// own. The other file is not changed. Returns what the new one says of itself.
  virtual Meta import_history(const std::filesystem::path& source, std::uint64_t through,
                              std::string_view store_id) = 0;
  /// The sequences above `after` of a closed file's rows, sorted; in latest those of deleted items too. Throws as
  /// open_history.
  virtual std::vector<std::uint64_t> sequences(const std::filesystem::path& file, std::string_view table_name,
                                               std::uint64_t after) = 0;
  /// Adds to history, which is made when it is not there, what a closed latest file has above history's watermark: one
  /// row for each item, with its version and sequence; the version before it is unknown. History's watermark becomes
  /// latest's.
  virtual void add_rows_of_latest(const std::filesystem::path& latest) = 0;
  /// Where a closed history file can be cut: the last of its sequences that is not above `through`, whose record was
  /// accepted by `latest_time_us`, and behind which no atomic batch would be left open. 0: none.
  virtual std::uint64_t last_whole_sequence(const std::filesystem::path& history, std::uint64_t through,
                                            std::int64_t latest_time_us) = 0;
};

}  // namespace cfp::tables
