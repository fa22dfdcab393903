#include "tables/duckdb/wanted_names.h"

#include <array>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "tables/duckdb/scalar_function.h"

namespace cfp::tables::duckdb {

namespace {

/// Hashes with the position of a name each; equal ones may be there several times.
class HashIndex {
 public:
  void reset(std::size_t count) {
    std::size_t size = 16;
    while (size < count * 2) size *= 2;
    slots_.assign(size, Slot{});
    filter_.fill(0);
  }
  void add(std::uint64_t hash, std::size_t position) {
    filter_[word(hash)] |= bit(hash);
    std::size_t at = hash & mask();
    while (slots_[at].position != kFree) at = (at + 1) & mask();
    slots_[at] = {hash, position};
  }
  /// The positions with this hash, one after another, until `sink` returns true; whether it did.
  template <class Sink>
  bool find(std::uint64_t hash, const Sink& sink) const {
    for (std::size_t at = hash & mask(); slots_[at].position != kFree; at = (at + 1) & mask()) {
      if (slots_[at].hash == hash && sink(slots_[at].position)) return true;
    }
    return false;
  }
  [[nodiscard]] bool contains(std::uint64_t hash) const {
    if ((filter_[word(hash)] & bit(hash)) == 0) return false;
    return find(hash, [](std::size_t) { return true; });
  }

 private:
  static constexpr std::size_t kFree = static_cast<std::size_t>(-1);
  struct Slot {
    std::uint64_t hash = 0;
    std::size_t position = kFree;
  };
  [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }
  // Bits that the slots do not go by.
  static constexpr std::size_t kWords = 4096;
  static std::size_t word(std::uint64_t hash) noexcept { return hash >> 52; }
  static std::uint64_t bit(std::uint64_t hash) noexcept { return std::uint64_t{1} << (hash >> 46 & 63U); }

  // A bit for each hash, for the many that are not there: it stays in the processor's nearest cache, the slots do not.
  std::array<std::uint64_t, kWords> filter_{};
  std::vector<Slot> slots_ = std::vector<Slot>(1);  // size a power of two
};

}  // namespace

struct WantedIndex {
  std::mutex turn;  // of the one that searches
  // A search ends after its statements; but anybody's SQL may name the functions.
  std::shared_mutex mutex;
  std::span<const ItemName> names;
  HashIndex keys;   // by cfp_key_hash
  HashIndex items;  // by cfp_item_hash

  /// The positions of this name, until `sink` returns true; whether it did.
  template <class Sink>
  bool find(const ItemText& text, const Sink& sink) const {
    return items.find(text.item_hash, [&](std::size_t i) {
      const ItemName& name = names[i];
      const bool same =
          name.item_name == text.item_name && name.key == text.key && name.collection_name == text.collection_name;
      return same && sink(i);
    });
  }
  void reset(std::span<const ItemName> wanted) {
    const std::unique_lock lock(mutex);
    names = wanted;
    keys.reset(names.size());
    items.reset(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!keys.contains(names[i].key_hash)) keys.add(names[i].key_hash, i);
      items.add(names[i].item_hash, i);
    }
  }
};

namespace {

WantedIndex& index_of(duckdb_function_info info) { return *static_cast<WantedIndex*>(state_of(info)); }

ColumnView column(duckdb_data_chunk chunk, idx_t i) { return ColumnView(duckdb_data_chunk_get_vector(chunk, i)); }

void look_up(duckdb_function_info info, duckdb_data_chunk rows, duckdb_vector output, HashIndex WantedIndex::*index) {
  WantedIndex& wanted = index_of(info);
  const std::shared_lock lock(wanted.mutex);
  const ColumnView hashes = column(rows, 0);
  auto* const out = static_cast<bool*>(duckdb_vector_get_data(output));
  for (idx_t i = 0; i < duckdb_data_chunk_get_size(rows); ++i) {
    out[i] = !hashes.is_null(i) && (wanted.*index).contains(hashes.at<std::uint64_t>(i));
  }
}

void wants_key(duckdb_function_info info, duckdb_data_chunk rows, duckdb_vector output) {
  look_up(info, rows, output, &WantedIndex::keys);
}

void wants_hash(duckdb_function_info info, duckdb_data_chunk rows, duckdb_vector output) {
  look_up(info, rows, output, &WantedIndex::items);
}

void wants_item(duckdb_function_info info, duckdb_data_chunk rows, duckdb_vector output) {
  WantedIndex& wanted = index_of(info);
  const std::shared_lock lock(wanted.mutex);
  const ColumnView keys = column(rows, 0), collections = column(rows, 1), items = column(rows, 2);
  const ColumnView hashes = column(rows, 3);
  auto* const out = static_cast<bool*>(duckdb_vector_get_data(output));
  for (idx_t i = 0; i < duckdb_data_chunk_get_size(rows); ++i) {
    const bool named = !keys.is_null(i) && !collections.is_null(i) && !items.is_null(i) && !hashes.is_null(i);
    out[i] = named && wanted.find({keys.text(i), collections.text(i), items.text(i), hashes.at<std::uint64_t>(i)},
                                  [](std::size_t) { return true; });
  }
}

constexpr std::array kHash = {DUCKDB_TYPE_UBIGINT};
constexpr std::array kItem = {DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_UBIGINT};

}  // namespace

WantedNames::WantedNames() : index_(std::make_shared<WantedIndex>()) {}

void WantedNames::attach_to(const Connection& connection) const {
  register_function(connection, {"cfp_wanted_key", kHash, DUCKDB_TYPE_BOOLEAN, &wants_key}, index_);
  register_function(connection, {"cfp_wanted_hash", kHash, DUCKDB_TYPE_BOOLEAN, &wants_hash}, index_);
  register_function(connection, {"cfp_wanted_item", kItem, DUCKDB_TYPE_BOOLEAN, &wants_item}, index_);
}

WantedNames::Search::Search(const WantedNames& wanted, std::span<const ItemName> names)
    : index_(wanted.index_), turn_(index_->turn) {
  index_->reset(names);
}

WantedNames::Search::~Search() { index_->reset({}); }

void WantedNames::Search::find(const ItemText& text, const std::function<void(std::size_t)>& sink) const {
  index_->find(text, [&](std::size_t i) {
    sink(i);
    return false;
  });
}

}  // namespace cfp::tables::duckdb
