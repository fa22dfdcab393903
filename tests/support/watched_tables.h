#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "cfp/error.h"
#include "tables/tables.h"

namespace cfp::support {

/// History that must not be read: the cost of a flush does not grow with it.
class UnreadHistory final : public tables::HistoryTable {
 public:
  explicit UnreadHistory(std::unique_ptr<tables::HistoryTable> table) : table_(std::move(table)) {}
  tables::Meta meta() override { return table_->meta(); }
  [[nodiscard]] const model::Schema& schema() const override { return table_->schema(); }
  void append(std::span<const tables::VersionedRecord> records) override { table_->append(records); }
  void read(std::uint64_t, std::uint64_t, const std::function<void(tables::HistoryRecord&&)>&) override {
    ADD_FAILURE() << "history is read";
  }
  std::vector<std::uint64_t> missing(std::span<const std::uint64_t>) override {
    ADD_FAILURE() << "history is searched";
    return {};
  }
  std::vector<tables::AnsweredRequest> requests(std::int64_t, std::uint64_t) override {
    ADD_FAILURE() << "history is searched";
    return {};
  }
  bool is_healthy() override { return table_->is_healthy(); }
  std::uint64_t row_bound() override { return table_->row_bound(); }
  bool scan(std::uint64_t from, std::uint64_t count) override { return table_->scan(from, count); }
  bool was_closed_cleanly() override { return table_->was_closed_cleanly(); }
  void checkpoint() override { table_->checkpoint(); }
  tables::Meta copy(const tables::ByteSink& sink) override { return table_->copy(sink); }
  std::unique_ptr<QueryConnection> connect_read_only(bool with_latest) override {
    return table_->connect_read_only(with_latest);
  }
  std::optional<tables::HistoryRecord> find(std::uint64_t) override { return search<tables::HistoryRecord>(); }
  std::vector<tables::HistoryRecord> find_all(std::uint64_t, const tables::Stretch&) override {
    static_cast<void>(search<int>());
    return {};
  }
  std::vector<tables::HistoryRecord> rows(std::span<const std::uint64_t>) override {
    static_cast<void>(search<int>());
    return {};
  }
  std::uint64_t read_next(std::uint64_t, std::uint64_t, const std::function<void(tables::HistoryRecord&&)>&) override {
    static_cast<void>(search<int>());
    return 0;
  }
  std::vector<tables::HistoryRecord> versions(const tables::VersionSearch&) override {
    static_cast<void>(search<int>());
    return {};
  }
  std::vector<std::optional<tables::PastItem>> items_at(std::span<const tables::ItemName>, std::uint64_t) override {
    static_cast<void>(search<int>());
    return {};
  }
  std::vector<tables::PastKey> keys_at(const tables::NameRange&, std::uint64_t) override {
    static_cast<void>(search<int>());
    return {};
  }
  std::optional<std::uint64_t> first_sequence_after(std::int64_t) override { return search<std::uint64_t>(); }

 private:
  template <class Found>
  static std::optional<Found> search() {
    ADD_FAILURE() << "history is searched";
    return std::nullopt;
  }

  std::unique_ptr<tables::HistoryTable> table_;
};

/// Latest whose look-ups are counted, and fail when the test says so.
class WatchedLatest final : public tables::LatestTable {
 public:
  struct Watch {
    int lookups = 0;
    int opened = 0;
    bool fails = false;
  };
  WatchedLatest(std::unique_ptr<tables::LatestTable> table, Watch& watch) : table_(std::move(table)), watch_(watch) {
    ++watch_.opened;
  }
  tables::Meta meta() override { return table_->meta(); }
  std::vector<model::VersionBase> version_bases(std::span<const tables::ItemName> names) override {
    ++watch_.lookups;
    if (std::exchange(watch_.fails, false)) throw CollectionFastPersistError(ErrorCode::io, "the instance is dead");
    return table_->version_bases(names);
  }
  tables::LiveRows live_rows() override { return table_->live_rows(); }
  std::vector<tables::LoadedCollection> load(std::string_view key, std::optional<std::string_view> name) override {
    return table_->load(key, name);
  }
  void apply(std::span<const tables::ItemChange> changes, std::uint64_t watermark) override {
    table_->apply(changes, watermark);
  }
  std::uint64_t tail_rows() override { return table_->tail_rows(); }
  bool wants_sorting() override { return table_->wants_sorting(); }
  void sort() override { table_->sort(); }
  bool is_healthy() override { return table_->is_healthy(); }
  std::uint64_t row_bound() override { return table_->row_bound(); }
  bool scan(std::uint64_t from, std::uint64_t count) override { return table_->scan(from, count); }
  bool was_closed_cleanly() override { return table_->was_closed_cleanly(); }
  void checkpoint() override { table_->checkpoint(); }
  tables::Meta copy(const tables::ByteSink& sink) override { return table_->copy(sink); }
  std::unique_ptr<QueryConnection> connect_read_only() override { return table_->connect_read_only(); }
  std::vector<std::string> keys(const tables::NameRange& range) override { return table_->keys(range); }
  std::vector<std::string> collections(std::string_view key, const tables::NameRange& range) override {
    return table_->collections(key, range);
  }
  std::vector<tables::LoadedItem> items(std::string_view key, std::string_view name,
                                        const tables::NameRange& range) override {
    return table_->items(key, name, range);
  }

 private:
  std::unique_ptr<tables::LatestTable> table_;
  Watch& watch_;
};

}  // namespace cfp::support
