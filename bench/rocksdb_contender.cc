#include <rocksdb/db.h>

#include "key_value_contender.h"

namespace cfp::bench {
namespace {

struct RocksDb {
  using Database = rocksdb::DB;
  using Iterator = rocksdb::Iterator;
  using Options = rocksdb::Options;
  using Status = rocksdb::Status;
  using WriteBatch = rocksdb::WriteBatch;
  using WriteOptions = rocksdb::WriteOptions;
};

}  // namespace

Kind rocksdb_kind(bool recycles_logs) {
  return {recycles_logs ? "RocksDB, recycled logs" : "RocksDB",
          [recycles_logs](const std::filesystem::path& directory) {
            rocksdb::Options options;
            if (recycles_logs) options.recycle_log_file_num = 4;
            return std::make_unique<KeyValueContender<RocksDb>>(directory, options);
          }};
}

}  // namespace cfp::bench
