#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "tables/duckdb/table_file.h"
#include "tables/duckdb/wanted_names.h"
#include "tables/tables.h"

namespace cfp::tables::duckdb {

/// storage_latest.duckdb: the last row of each item, sorted by (key hash, collection hash, place), with an unsorted
/// tail. DuckDB skips row groups by the least and greatest hash in them, so that a collection is found without an
/// index; names would not do, since it keeps only their first 8 bytes.
/// Threads, failure: as LatestTable says.
class DuckDbLatest final : public LatestTable {
 public:
  /// `reopen` opens the file again after it was replaced.
  DuckDbLatest(TableFile file, std::function<std::unique_ptr<Instance>()> reopen);
  ~DuckDbLatest() override { live_->close(); }

  Meta meta() override;
  std::vector<model::VersionBase> version_bases(std::span<const ItemName> names) override;
  LiveRows live_rows() override;
  std::vector<LoadedCollection> load(std::string_view key, std::optional<std::string_view> collection_name) override;
  void apply(std::span<const ItemChange> changes, std::uint64_t watermark) override;
  std::uint64_t tail_rows() override;
  /// How many unsorted rows a table of so many may have: each load looks through them, each sort writes all rows anew.
  static std::uint64_t tail_bound(std::uint64_t rows) noexcept;
  bool wants_sorting() override;
  void sort() override;
  bool is_healthy() override;
  std::uint64_t row_bound() override;
  bool scan(std::uint64_t from, std::uint64_t count) override;
  bool was_closed_cleanly() override { return was_closed_cleanly_; }
  void checkpoint() override;
  Meta copy(const ByteSink& sink) override;
  std::unique_ptr<QueryConnection> connect_read_only() override;

  std::vector<std::string> keys(const NameRange& range) override;
  std::vector<std::string> collections(std::string_view key, const NameRange& range) override;
  std::vector<model::LoadedItem> items(std::string_view key, std::string_view collection_name,
                                       const NameRange& range) override;

 private:
  MetaRow meta_row();
  /// Positions among the wanted items, and what is there of them.
  using FoundBases = std::vector<std::pair<std::size_t, model::VersionBase>>;
  /// From a row to a row; marks of deleted items are looked through with the last one.
  FoundBases find_bases(const WantedNames::Search& search, std::uint64_t from, std::uint64_t to);
  FoundBases find_all_bases(const WantedNames::Search& search);
  /// Writes the changes; returns cfp_meta as it must be then, but for the watermark.
  MetaRow replace_rows(std::span<const ItemChange> changes);
  /// Removes what is there of the items, and puts the place of those that keep theirs into `places`. Returns what was
  /// removed.
  Meta remove_rows(std::span<const ItemChange> changes, std::span<std::uint64_t> places);
  void add_rows(std::span<const ItemChange> changes, std::span<const std::uint64_t> places, MetaRow& next);

  const std::shared_ptr<LiveFile> live_;
  const model::Schema schema_;
  const bool was_closed_cleanly_;
  const std::function<std::unique_ptr<Instance>()> reopen_;
  WantedNames wanted_;
  std::mutex meta_mutex_;
  MetaRow meta_;
  std::mutex moving_;  // while rows get other places; before the gate of live_
};

}  // namespace cfp::tables::duckdb
