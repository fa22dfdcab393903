#pragma once

#include <mutex>

#include "tables/duckdb/table_file.h"
#include "tables/duckdb/wanted_numbers.h"
#include "tables/tables.h"

namespace cfp::tables::duckdb {

/// storage_history.duckdb. Rows lie in order of sequence, so that reading from a sequence on skips what is before it.
/// Threads, failure: as HistoryTable says.
class DuckDbHistory final : public HistoryTable {
 public:
  explicit DuckDbHistory(TableFile file);
  ~DuckDbHistory() override { live_->close(); }

  Meta meta() override;
  [[nodiscard]] const model::Schema& schema() const override { return schema_; }
  void append(std::span<const VersionedRecord> records) override;
  void read(std::uint64_t after, std::uint64_t through, const std::function<void(HistoryRecord&&)>& sink) override;
  std::vector<std::uint64_t> missing(std::span<const std::uint64_t> sequences) override;
  std::vector<AnsweredRequest> requests(std::int64_t since_us, std::uint64_t count) override;
  bool is_healthy() override;
  std::uint64_t row_bound() override;
  bool scan(std::uint64_t from, std::uint64_t count) override;
  bool was_closed_cleanly() override { return was_closed_cleanly_; }
  void checkpoint() override;
  Meta copy(const ByteSink& sink) override;
  std::unique_ptr<QueryConnection> connect_read_only(bool with_latest) override;

  std::optional<HistoryRecord> find(std::uint64_t sequence) override;
  std::vector<HistoryRecord> find_all(std::uint64_t item_hash, const Stretch& stretch) override;
  std::vector<HistoryRecord> rows(std::span<const std::uint64_t> sequences) override;
  std::uint64_t read_next(std::uint64_t after, std::uint64_t through,
                          const std::function<void(HistoryRecord&&)>& sink) override;
  std::vector<HistoryRecord> versions(const VersionSearch& search) override;
  std::vector<std::optional<PastItem>> items_at(std::span<const ItemName> names, std::uint64_t through) override;
  std::vector<PastKey> keys_at(const NameRange& range, std::uint64_t through) override;
  std::optional<std::uint64_t> first_sequence_after(std::int64_t time_us) override;

  [[nodiscard]] LiveFile& live() noexcept { return *live_; }

 private:
  struct Window {
    std::uint64_t after;
    std::uint64_t through;
  };
  void read_window(const Window& window, const std::function<void(HistoryRecord&&)>& sink);
  std::vector<HistoryRecord> versions_after(std::uint64_t sequence, const VersionSearch& search);
  void read_rows(const std::vector<std::uint64_t>& sequences, const std::function<void(HistoryRecord&&)>& sink);

  const std::shared_ptr<LiveFile> live_;
  const model::Schema schema_;
  const bool was_closed_cleanly_;
  const WantedNumbers wanted_;
  std::mutex meta_mutex_;
  MetaRow meta_;
};

}  // namespace cfp::tables::duckdb
