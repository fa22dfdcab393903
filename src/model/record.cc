#include "model/record.h"

#include "base/hash.h"

namespace cfp::model {
namespace {

// Beside the bytes of a string: nodes of the cache and of the queues, control blocks, and what the allocator adds.
constexpr std::uint64_t kBookkeepingBytes = 256;

std::uint64_t heap_bytes(const std::string& text) noexcept { return text.capacity(); }

std::uint64_t heap_bytes(const std::optional<std::string>& text) noexcept { return text ? heap_bytes(*text) : 0; }

}  // namespace

void hash_names(Record& record) noexcept {
  record.key_hash = base::hash64(record.key());
  record.collection_hash = base::hash64(record.collection_name());
  // item_hash of the three, without reading the key again
  record.item_hash = base::hash64(record.state->item_name(), base::hash64(record.collection_name(), record.key_hash));
}

std::uint64_t item_hash(std::string_view key, std::string_view collection, std::string_view item) noexcept {
  return base::hash64(item, base::hash64(collection, base::hash64(key)));
}

std::uint64_t footprint_bytes(const Record& record) noexcept {
  std::uint64_t bytes = sizeof(Record) + record.state->bytes() + kBookkeepingBytes;
  bytes += heap_bytes(record.projection.username) + heap_bytes(record.projection.status);
  bytes += heap_bytes(record.reason) + heap_bytes(record.request_id);
  bytes += record.projection.extra.capacity() * sizeof(ColumnValue);
  for (const ColumnValue& value : record.projection.extra) {
    if (const auto* text = std::get_if<std::string>(&value)) bytes += heap_bytes(*text);
  }
  return bytes;
}

}  // namespace cfp::model
