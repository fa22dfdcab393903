#pragma once

#include <cfp/collection_fast_persist.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "items.h"

namespace cfp::bench {

/// A store that is measured beside others: ours, and what a user might pick instead. Each keeps an item under its three
/// names, and what it has stored is on disk when the call returns. Threads: any.
class Contender {
 public:
  Contender() = default;
  Contender(const Contender&) = delete;
  Contender& operator=(const Contender&) = delete;
  virtual ~Contender() = default;

  virtual void store(const Item& item) = 0;
  /// All or nothing, with one sync.
  virtual void store_all(std::span<const Item> items) = 0;
  /// Looks the item up; returns the bytes of its data. Throws std::runtime_error when it is not there.
  virtual std::size_t read(const Item& item) = 0;
  /// Reads the whole collection of that item: the sum of the field `count` of its items.
  virtual std::uint64_t sum_counts(const Item& item) = 0;
};

/// Makes a contender with files of its own in a directory that is there and empty.
struct Kind {
  std::string name;  ///< As users know it.
  std::function<std::unique_ptr<Contender>(const std::filesystem::path&)> open;
};

/// In a directory of its own, which is made in that one.
std::unique_ptr<Contender> open_in(const std::filesystem::path& parent, const Kind& kind);

/// Ours, with that configuration but its base_dir.
Kind our_kind(CollectionConfig config = {});
/// With their defaults but for the sync; where an option makes one faster without giving that up, with it as well.
Kind rocksdb_kind(bool recycles_logs);
Kind leveldb_kind();
Kind lmdb_kind();
Kind sqlite_kind();

/// Ours first, then all the others; RocksDB twice, with and without recycling its logs.
std::vector<Kind> all_kinds(const CollectionConfig& config = {});

/// What an item is called in a store that has one name for each: its three, with NUL between.
std::string joined_name(const Item& item);
/// The same of its collection, with a NUL at its end.
std::string joined_collection(const Item& item);
/// The field `count` of an item's data, which is parsed for it.
std::uint64_t count_in(std::string_view data);

}  // namespace cfp::bench
