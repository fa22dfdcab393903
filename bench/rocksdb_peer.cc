#include "rocksdb_peer.h"

#include <stdexcept>

namespace cfp::bench {

void check(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

std::unique_ptr<rocksdb::DB> open_rocksdb(const std::filesystem::path& path) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  check(rocksdb::DB::Open(options, path.string(), &db));
  return std::unique_ptr<rocksdb::DB>(db);
}

rocksdb::WriteOptions synced() {
  rocksdb::WriteOptions options;
  options.sync = true;
  return options;
}

std::string rocksdb_name(const Item& item) { return item.key + '\0' + item.collection_name + '\0' + item.item_name; }

}  // namespace cfp::bench
