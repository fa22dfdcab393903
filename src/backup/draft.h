#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backup/table_copy.h"
#include "os/file_system.h"
#include "tables/table_store.h"

namespace cfp::backup {

/// The two tables' names as a backup needs them.
struct TableName {
  std::string_view file;   ///< "storage_history.duckdb"
  std::string_view table;  ///< "storage_history"
};
extern const TableName kHistory;
extern const TableName kLatest;

/// A copy in the making, under NAME.backup.tmp. It becomes NAME.backup only once it was read back from the disk in full
/// and found to hold exactly what the table held; until then the backup of before stays.
/// Threads: one at a time.
/// Failure: std::system_error and CollectionFastPersistError; the destructor removes what was not put in place.
class Draft {
 public:
  /// Throws `foreign` when what has the backup's name is none of this store's: it must not be replaced.
  Draft(os::Directory& directory, TableName name, tables::TableStore& tables, std::string_view store_id,
        tables::Pace pace);
  ~Draft();
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  /// Throws `closed` as soon as `cancelled` is set.
  void copy(const TableCopy& copy_table, const std::atomic<bool>& cancelled,
            const std::function<bool()>& is_waited_for);
  /// Makes the copy durable and compares it with the table. Throws `corrupt` when they differ.
  void verify();
  /// Takes the backup of before away, before there is another one.
  void withdraw_replaced();
  /// Takes the place of the backup of before.
  void put_in_place();

  [[nodiscard]] const tables::Meta& meta() const noexcept { return expected_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] Timestamp::Micros made_at() const noexcept { return made_at_; }
  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / final_name_; }

 private:
  void look_at_place(std::string_view store_id);
  void begin();
  void write(std::string_view bytes, tables::Pace pace);
  [[nodiscard]] bool keeps_replaced() const;
  void set_aside();

  os::Directory& directory_;
  tables::TableStore& tables_;
  const TableName name_;
  const tables::Pace pace_;
  const std::string final_name_;
  const std::string draft_name_;
  bool is_replacing_ = false;
  std::optional<tables::Meta> replaced_;  // nothing: it cannot be read
  std::unique_ptr<os::File> file_;
  bool exists_ = false;
  tables::Meta expected_;
  std::uint64_t bytes_ = 0;
  Timestamp::Micros made_at_{};
};

/// Removes drafts that a kill left behind, in every date directory. Throws std::system_error.
void remove_leftovers(os::Directory& base);

}  // namespace cfp::backup
