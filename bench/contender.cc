#include "contender.h"

#include <simdjson.h>

namespace cfp::bench {

std::vector<Kind> all_kinds(const CollectionConfig& config) {
  return {our_kind(config), rocksdb_kind(false), rocksdb_kind(true), leveldb_kind(), lmdb_kind(), sqlite_kind()};
}

std::unique_ptr<Contender> open_in(const std::filesystem::path& parent, const Kind& kind) {
  std::filesystem::create_directories(parent / kind.name);
  return kind.open(parent / kind.name);
}

std::string joined_collection(const Item& item) { return item.key + '\0' + item.collection_name + '\0'; }

std::string joined_name(const Item& item) { return joined_collection(item) + item.item_name; }

std::uint64_t count_in(std::string_view data) {
  thread_local simdjson::dom::parser parser;
  return parser.parse(data.data(), data.size())["count"].get_uint64();
}

}  // namespace cfp::bench
