#pragma once

// What the fake tables keep. It lives outside the engine, so that it survives a simulated crash, and it is an oracle:
// whatever no correct engine does to its tables is thrown as std::logic_error and noted in `violations`, since an
// engine may take the exception for an error of the disk.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cfp/error.h"
#include "model/record.h"
#include "model/schema.h"
#include "tables/tables.h"

namespace cfp::support {

struct FakeName {
  std::string key;
  std::string collection_name;
  std::string item_name;
  friend auto operator<=>(const FakeName&, const FakeName&) = default;
};
FakeName name_of(const model::Record& record);

/// A history file.
struct FakeHistoryFile {
  tables::Meta meta;
  model::Schema schema;
  std::vector<tables::HistoryRecord> rows;      ///< In order of sequence.
  std::map<FakeName, model::VersionBase> last;  ///< The last row of each item.
  std::vector<tables::Meta> unsafe_commits;     ///< What each commit since the last checkpoint started from.
  bool is_damaged = false;
};

/// A row of latest, or of cfp_deleted when there is no state.
struct FakeLatestRow {
  base::Counted<model::ItemState> state;
  model::VersionBase base;
  std::uint64_t first_sequence = 0;
};

/// A latest file.
struct FakeLatestFile {
  /// What a commit changed, as it was before.
  struct Undo {
    tables::Meta meta;
    std::uint64_t tail_rows;
    std::vector<std::pair<FakeName, std::optional<FakeLatestRow>>> rows;
  };
  tables::Meta meta;
  model::Schema schema;
  std::map<FakeName, FakeLatestRow> rows;
  std::uint64_t tail_rows = 0;
  std::vector<Undo> unsafe_commits;  ///< Since the last checkpoint.
  bool is_damaged = false;
};

/// When a planned failure of a commit comes: nothing was applied, or everything. The engine cannot tell.
enum class CommitFault { before, after };

/// Threads: any, holding `mutex` (the fakes do); the functions take it themselves.
class FakeTableDisk {
 public:
  /// The next commit fails.
  void fail_next_history_commit(CommitFault fault, ErrorCode code = ErrorCode::io);
  void fail_next_latest_commit(CommitFault fault, ErrorCode code = ErrorCode::io);
  /// The engine is gone; its open tables are dead. The last commits since the last checkpoint, so many at most, are
  /// lost, as when DuckDB's own log is.
  void crash(std::size_t lost_history_commits = 0, std::size_t lost_latest_commits = 0);
  void remove_history();
  void remove_latest();
  /// A damaged file is not healthy and does not open again.
  void damage_history();
  void damage_latest();

  /// The bytes that stand for a copy of a file as it is now, and the file that such bytes stand for: nothing unless
  /// they are whole. Call with the mutex held.
  std::string keep_copy(const FakeHistoryFile& file);
  std::string keep_copy(const FakeLatestFile& file);
  [[nodiscard]] const FakeHistoryFile* history_of(std::string_view bytes) const;
  [[nodiscard]] const FakeLatestFile* latest_of(std::string_view bytes) const;

  std::mutex mutex;
  std::optional<FakeHistoryFile> history;
  std::optional<FakeLatestFile> latest;
  std::vector<model::Record> reference_rows;  ///< Not empty: history is one of the reference implementation.
  std::uint64_t tail_bound = 1000;
  std::vector<std::string> violations;
  /// How copies are read back: the bytes at a path of the disk that the test uses.
  std::function<std::string(const std::filesystem::path&)> read_file;
  /// Called without the mutex before and after each commit, with its name; may throw, to end the engine there.
  std::function<void(std::string_view)> on_step;

  // For the fakes.
  std::uint64_t starts = 0;
  bool history_is_open = false;
  bool latest_is_open = false;
  /// One commit: the planned failure, and `apply`, which runs with the mutex held.
  void commit(std::uint64_t start, bool of_history, const std::function<void()>& apply);
  /// Throws for a table that was opened before the crash. Call with the mutex held.
  void check_alive(std::uint64_t start) const;
  /// Notes and throws what no correct engine does unless `holds`. Call with the mutex held.
  void require(bool holds, const std::string& promise);

 private:
  struct PlannedFault {
    CommitFault fault;
    ErrorCode code;
  };
  template <class File>
  struct Copy {
    File file;
    std::string bytes;  // that stand for it on the disk
  };
  void step(std::string_view name) const;
  void lose_history_commits(std::size_t count);
  void lose_latest_commits(std::size_t count);

  std::vector<Copy<FakeHistoryFile>> history_copies_;
  std::vector<Copy<FakeLatestFile>> latest_copies_;
  std::optional<PlannedFault> history_fault_;
  std::optional<PlannedFault> latest_fault_;
};

/// Adds a row's sequence to rows, minimum, maximum and xor.
void count_row(tables::Meta& meta, std::uint64_t sequence);
/// The rows' numbers counted anew; the rest as in `meta`.
tables::Meta recounted(const FakeHistoryFile& file);
tables::Meta recounted(const FakeLatestFile& file);

}  // namespace cfp::support
