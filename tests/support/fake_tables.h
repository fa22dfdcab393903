#pragma once

#include <memory>

#include "support/fake_table_disk.h"
#include "tables/table_store.h"

namespace cfp::support {

/// Both tables on a FakeTableDisk that outlives them: `FakeTables tables(disk)` after a crash is a new start on what
/// was kept. A commit is durable at once, unless `FakeTableDisk::crash` is told otherwise.
class FakeTables final : public tables::TableStore {
 public:
  explicit FakeTables(std::shared_ptr<FakeTableDisk> disk);

  bool has_history() override;
  bool has_latest() override;
  bool is_reference_history() override;
  std::unique_ptr<tables::HistoryTable> open_history(const model::Schema& configured,
                                                     std::string_view store_id) override;
  std::uint64_t add_columns(const model::Schema& configured) override;
  std::unique_ptr<tables::LatestTable> open_latest(const model::Schema& in_force, std::string_view store_id) override;
  std::uint64_t rebuild_latest(tables::HistoryTable& history, std::string_view store_id) override;
  std::unique_ptr<tables::HistoryTable> rebuild_history(std::unique_ptr<tables::HistoryTable> history,
                                                        std::span<const model::Record> missing) override;
  void read_reference_history(const std::function<void(model::Record&&)>& sink) override;
  /// There are no files: the table's name decides.
  bool is_healthy_file(const std::filesystem::path& path, std::string_view table_name) override;
  bool has_log(std::string_view table_name) override;
  /// Its last checkpoint is what the fake file is without its unsafe commits; this only says whether it is damaged.
  tables::Meta examine(std::string_view table_name, tables::Look look) override;
  std::optional<tables::Meta> read_meta(const std::filesystem::path& file, std::string_view table_name) override;
  std::optional<tables::Meta> verify(const std::filesystem::path& file, std::string_view table_name,
                                     tables::Pace pace) override;
  std::optional<tables::Meta> verify_blocks(const std::filesystem::path& file, std::string_view table_name) override;
  void copy(std::string_view table_name, const tables::ByteSink& sink) override;
  std::unique_ptr<tables::StagedTable> stage(std::string_view table_name, const std::filesystem::path& backup) override;
  tables::Meta import_history(const std::filesystem::path& source, std::uint64_t through,
                              std::string_view store_id) override;
  std::vector<std::uint64_t> sequences(const std::filesystem::path& file, std::string_view table_name,
                                       std::uint64_t after) override;
  void add_rows_of_latest(const std::filesystem::path& latest) override;
  std::uint64_t last_whole_sequence(const std::filesystem::path& history, std::uint64_t through,
                                    std::int64_t latest_time_us) override;

 private:
  class Staged;

  const std::shared_ptr<FakeTableDisk> disk_;
  const std::uint64_t start_;
};

}  // namespace cfp::support
