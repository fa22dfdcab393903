#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <stdexcept>

#include "contender.h"

namespace cfp::bench {
namespace {

void check(const leveldb::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

std::unique_ptr<leveldb::DB> open_database(const std::filesystem::path& directory) {
  leveldb::Options options;
  options.create_if_missing = true;
  leveldb::DB* database = nullptr;
  check(leveldb::DB::Open(options, directory.string(), &database));
  return std::unique_ptr<leveldb::DB>(database);
}

class LevelDb final : public Contender {
 public:
  explicit LevelDb(const std::filesystem::path& directory) : database_(open_database(directory)) {
    synced_.sync = true;
  }

  void store(const Item& item) override { check(database_->Put(synced_, joined_name(item), item.data.text())); }
  void store_all(std::span<const Item> items) override {
    leveldb::WriteBatch batch;
    for (const Item& item : items) batch.Put(joined_name(item), item.data.text());
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
    const std::unique_ptr<leveldb::Iterator> at(database_->NewIterator({}));
    for (at->Seek(prefix); at->Valid() && at->key().starts_with(prefix); at->Next()) {
      sum += count_in({at->value().data(), at->value().size()});
    }
    return sum;
  }

 private:
  const std::unique_ptr<leveldb::DB> database_;
  leveldb::WriteOptions synced_;
};

}  // namespace

Kind leveldb_kind() {
  return {"LevelDB", [](const std::filesystem::path& directory) { return std::make_unique<LevelDb>(directory); }};
}

}  // namespace cfp::bench
