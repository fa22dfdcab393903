#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <string>

#include "contender.h"

namespace cfp::bench {

/// RocksDB and LevelDB, which it comes from, have the same calls. `Api` names their types.
template <class Api>
class KeyValueContender final : public Contender {
 public:
  static void check(const typename Api::Status& status) {
    if (!status.ok()) throw std::runtime_error(status.ToString());
  }

  KeyValueContender(const std::filesystem::path& directory, const typename Api::Options& options)
      : database_(open(directory, options)) {
    synced_.sync = true;
  }

  void store(const Item& item) override { check(database_->Put(synced_, joined_name(item), item.data.text())); }
  void store_all(std::span<const Item> items) override {
    typename Api::WriteBatch batch;
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
    const std::unique_ptr<typename Api::Iterator> at(database_->NewIterator({}));
    for (at->Seek(prefix); at->Valid() && at->key().starts_with(prefix); at->Next()) {
      sum += count_in({at->value().data(), at->value().size()});
    }
    return sum;
  }

 private:
  static std::unique_ptr<typename Api::Database> open(const std::filesystem::path& directory,
                                                      typename Api::Options options) {
    options.create_if_missing = true;
    typename Api::Database* database = nullptr;
    check(Api::Database::Open(options, directory.string(), &database));
    return std::unique_ptr<typename Api::Database>(database);
  }

  const std::unique_ptr<typename Api::Database> database_;
  typename Api::WriteOptions synced_;
};

}  // namespace cfp::bench
