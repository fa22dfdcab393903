#include <rocksdb/db.h>

#include <stdexcept>

#include "contender.h"

namespace cfp::bench {
namespace {

void check(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

std::unique_ptr<rocksdb::DB> open_database(const std::filesystem::path& directory, bool recycles_logs) {
  rocksdb::Options options;
  options.create_if_missing = true;
  if (recycles_logs) options.recycle_log_file_num = 4;
  rocksdb::DB* database = nullptr;
  check(rocksdb::DB::Open(options, directory.string(), &database));
  return std::unique_ptr<rocksdb::DB>(database);
}

class RocksDb final : public Contender {
 public:
  RocksDb(const std::filesystem::path& directory, bool recycles_logs)
      : database_(open_database(directory, recycles_logs)) {
    synced_.sync = true;
  }

  void store(const Item& item) override { check(database_->Put(synced_, joined_name(item), item.data.text())); }
  void store_all(std::span<const Item> items) override {
    rocksdb::WriteBatch batch;
    for (const Item& item : items) check(batch.Put(joined_name(item), item.data.text()));
    check(database_->Write(synced_, &batch));
  }
  std::size_t read(const Item& item) override {
    std::string data;
    check(database_->Get({}, joined_name(item), &data));
    return data.size();
  }
  std::uint64_t sum_counts(const Item& item) override {
    std::uint64_t sum = 0;
    const std::string prefix = joined_collection(item);
    const std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator({}));
    for (at->Seek(prefix); at->Valid() && at->key().starts_with(prefix); at->Next()) {
      sum += count_in(at->value().ToStringView());
    }
    return sum;
  }

 private:
  const std::unique_ptr<rocksdb::DB> database_;
  rocksdb::WriteOptions synced_;
};

}  // namespace

Kind rocksdb_kind(bool recycles_logs) {
  return {recycles_logs ? "RocksDB, recycled logs" : "RocksDB",
          [recycles_logs](const std::filesystem::path& directory) {
            return std::make_unique<RocksDb>(directory, recycles_logs);
          }};
}

}  // namespace cfp::bench
