#include "tables/duckdb/wanted_numbers.h"

#include <array>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_set>

#include "tables/duckdb/scalar_function.h"

namespace cfp::tables::duckdb {

namespace {

/// Numbers, with a bit for each in front: nearly all that are asked for are not there, and the bits stay in the
/// processor's nearest cache.
class NumberSet {
 public:
  explicit NumberSet(std::span<const std::uint64_t> numbers) : numbers_(numbers.begin(), numbers.end()) {
    for (const std::uint64_t number : numbers) bits_[word(number)] |= bit(number);
  }
  [[nodiscard]] bool contains(std::uint64_t number) const {
    return (bits_[word(number)] & bit(number)) != 0 && numbers_.contains(number);
  }

 private:
  // Sequences are dense and hashes are not: both are spread before the highest bits are taken.
  static std::uint64_t spread(std::uint64_t number) noexcept { return number * 0x9e3779b97f4a7c15ULL; }
  static std::size_t word(std::uint64_t number) noexcept { return spread(number) >> 52; }
  static std::uint64_t bit(std::uint64_t number) noexcept { return std::uint64_t{1} << (spread(number) >> 46 & 63U); }

  std::array<std::uint64_t, 4096> bits_{};
  std::unordered_set<std::uint64_t> numbers_;
};

}  // namespace

struct NumberSearches {
  std::shared_mutex mutex;
  std::uint64_t last_id = 0;
  std::map<std::uint64_t, std::shared_ptr<const NumberSet>> open;

  /// Null for a search that is over, or never was: anybody's SQL may name the function.
  std::shared_ptr<const NumberSet> find(std::uint64_t id) {
    const std::shared_lock lock(mutex);
    const auto found = open.find(id);
    return found == open.end() ? nullptr : found->second;
  }
};

namespace {

void is_wanted(duckdb_function_info info, duckdb_data_chunk rows, duckdb_vector output) {
  const idx_t count = duckdb_data_chunk_get_size(rows);
  const ColumnView ids(duckdb_data_chunk_get_vector(rows, 0)), numbers(duckdb_data_chunk_get_vector(rows, 1));
  auto* const out = static_cast<bool*>(duckdb_vector_get_data(output));
  auto& searches = *static_cast<NumberSearches*>(state_of(info));
  std::shared_ptr<const NumberSet> set;
  std::uint64_t id = 0;
  for (idx_t i = 0; i < count; ++i) {
    out[i] = false;
    if (ids.is_null(i) || numbers.is_null(i)) continue;
    if (const auto asked = ids.at<std::uint64_t>(i); asked != id) {
      id = asked;
      set = searches.find(id);
    }
    out[i] = set && set->contains(numbers.at<std::uint64_t>(i));
  }
}

constexpr std::array kParameters = {DUCKDB_TYPE_UBIGINT, DUCKDB_TYPE_UBIGINT};

}  // namespace

WantedNumbers::WantedNumbers() : searches_(std::make_shared<NumberSearches>()) {}

void WantedNumbers::attach_to(const Connection& connection) const {
  register_function(connection, {"cfp_wanted_number", kParameters, DUCKDB_TYPE_BOOLEAN, &is_wanted}, searches_);
}

WantedNumbers::Search::Search(const WantedNumbers& wanted, std::span<const std::uint64_t> numbers)
    : searches_(wanted.searches_) {
  auto set = std::make_shared<const NumberSet>(numbers);
  const std::unique_lock lock(searches_->mutex);
  id_ = ++searches_->last_id;  // NOLINT(cppcoreguidelines-prefer-member-initializer): under the mutex
  searches_->open.emplace(id_, std::move(set));
}

WantedNumbers::Search::~Search() {
  const std::unique_lock lock(searches_->mutex);
  searches_->open.erase(id_);
}

std::string WantedNumbers::Search::condition(std::string_view column) const {
  return "cfp_wanted_number(" + std::to_string(id_) + "::UBIGINT, " + std::string(column) + ")";
}

}  // namespace cfp::tables::duckdb
