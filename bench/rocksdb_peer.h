#pragma once

#include <rocksdb/db.h>

#include <filesystem>
#include <memory>
#include <string>

#include "items.h"

namespace cfp::bench {

/// Throws std::runtime_error with what RocksDB says.
void check(const rocksdb::Status& status);

std::unique_ptr<rocksdb::DB> open_rocksdb(const std::filesystem::path& path);

/// Writes that are on disk when they return.
rocksdb::WriteOptions synced();

/// What an item is called there.
std::string rocksdb_name(const Item& item);

}  // namespace cfp::bench
