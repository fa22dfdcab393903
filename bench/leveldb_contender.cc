#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include "key_value_contender.h"

namespace cfp::bench {
namespace {

struct LevelDb {
  using Database = leveldb::DB;
  using Iterator = leveldb::Iterator;
  using Options = leveldb::Options;
  using Status = leveldb::Status;
  using WriteBatch = leveldb::WriteBatch;
  using WriteOptions = leveldb::WriteOptions;
};

}  // namespace

Kind leveldb_kind() {
  return {"LevelDB", [](const std::filesystem::path& directory) {
            return std::make_unique<KeyValueContender<LevelDb>>(directory, leveldb::Options());
          }};
}

}  // namespace cfp::bench
