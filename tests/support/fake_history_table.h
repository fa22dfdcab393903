#pragma once

#include <memory>
#include <vector>

#include "support/fake_table_disk.h"

namespace cfp::support {

/// History on a FakeTableDisk. Refuses rows that are not above the watermark, in order, and the next version of their
/// item.
/// Threads: as HistoryTable says.
class FakeHistoryTable final : public tables::HistoryTable {
 public:
  /// Call with the disk's mutex held; the file must be there and not open.
  explicit FakeHistoryTable(std::shared_ptr<FakeTableDisk> disk);
  ~FakeHistoryTable() override;
  FakeHistoryTable(const FakeHistoryTable&) = delete;
  FakeHistoryTable& operator=(const FakeHistoryTable&) = delete;

  tables::Meta meta() override;
  [[nodiscard]] const model::Schema& schema() const override { return schema_; }
  void append(std::span<const tables::VersionedRecord> records) override;
  void read(std::uint64_t after, std::uint64_t through,
            const std::function<void(tables::HistoryRecord&&)>& sink) override;
  std::vector<std::uint64_t> missing(std::span<const std::uint64_t> sequences) override;
  std::vector<tables::AnsweredRequest> requests(std::int64_t since_us, std::uint64_t count) override;
  bool is_healthy() override;
  std::uint64_t row_bound() override;
  bool scan(std::uint64_t from, std::uint64_t count) override;
  bool was_closed_cleanly() override { return was_closed_cleanly_; }
  void checkpoint() override;
  tables::Meta copy(const tables::ByteSink& sink) override;
  std::unique_ptr<QueryConnection> connect_read_only(bool with_latest) override;

  std::optional<tables::HistoryRecord> find(std::uint64_t sequence) override;
  std::vector<tables::HistoryRecord> find_all(std::uint64_t item_hash, const tables::Stretch& stretch) override;
  std::vector<tables::HistoryRecord> rows(std::span<const std::uint64_t> sequences) override;
  std::uint64_t read_next(std::uint64_t after, std::uint64_t through,
                          const std::function<void(tables::HistoryRecord&&)>& sink) override;
  std::vector<tables::HistoryRecord> versions(const tables::VersionSearch& search) override;
  std::vector<std::optional<tables::PastItem>> items_at(std::span<const tables::ItemName> names,
                                                        std::uint64_t through) override;
  std::vector<tables::PastKey> keys_at(const tables::NameRange& range, std::uint64_t through) override;
  std::optional<std::uint64_t> first_sequence_after(std::int64_t time_us) override;

 private:
  const std::shared_ptr<FakeTableDisk> disk_;
  const std::uint64_t start_;
  const model::Schema schema_;
  const bool was_closed_cleanly_;
};

/// A row as a file would give it back: nothing is shared with `record`.
tables::HistoryRecord copy_of(const model::Record& record, std::uint32_t version, std::uint64_t previous_sequence);

}  // namespace cfp::support
