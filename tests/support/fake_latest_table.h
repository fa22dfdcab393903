#pragma once

#include <memory>
#include <vector>

#include "support/fake_table_disk.h"

namespace cfp::support {

/// Latest on a FakeTableDisk. Refuses an item that comes twice in one change, goes back in version or sequence, has no
/// place in the order of its collection, or is not what history says.
/// Threads: as LatestTable says.
class FakeLatestTable final : public tables::LatestTable {
 public:
  /// Call with the disk's mutex held; the file must be there and not open.
  explicit FakeLatestTable(std::shared_ptr<FakeTableDisk> disk);
  ~FakeLatestTable() override;
  FakeLatestTable(const FakeLatestTable&) = delete;
  FakeLatestTable& operator=(const FakeLatestTable&) = delete;

  tables::Meta meta() override;
  std::vector<model::VersionBase> version_bases(std::span<const tables::ItemName> names) override;
  std::vector<tables::LoadedCollection> load(std::string_view key,
                                             std::optional<std::string_view> collection_name) override;
  void apply(std::span<const tables::ItemChange> changes, std::uint64_t watermark) override;
  tables::LiveRows live_rows() override;
  std::uint64_t tail_rows() override;
  bool wants_sorting() override;
  void sort() override;
  bool is_healthy() override;
  std::uint64_t row_bound() override;
  bool scan(std::uint64_t from, std::uint64_t count) override;
  bool was_closed_cleanly() override { return was_closed_cleanly_; }
  void checkpoint() override;
  tables::Meta copy(const tables::ByteSink& sink) override;
  std::unique_ptr<QueryConnection> connect_read_only() override;

  std::vector<std::string> keys(const tables::NameRange& range) override;
  std::vector<std::string> collections(std::string_view key, const tables::NameRange& range) override;
  std::vector<model::LoadedItem> items(std::string_view key, std::string_view collection_name,
                                       const tables::NameRange& range) override;

 private:
  /// The file, once it is sure that this table is alive. Call with the mutex held.
  FakeLatestFile& file();
  void check_change(const tables::ItemChange& change, std::uint64_t watermark);
  void apply_checked(const tables::ItemChange& change);

  const std::shared_ptr<FakeTableDisk> disk_;
  const std::uint64_t start_;
  const bool was_closed_cleanly_;
};

/// What a change makes of a row: `before` is null when the item has none.
FakeLatestRow changed_row(const FakeLatestRow* before, const tables::ItemChange& change);

/// A row as a reader gets it, with a state of its own.
model::LoadedItem loaded_item(const FakeName& name, const FakeLatestRow& row);

}  // namespace cfp::support
