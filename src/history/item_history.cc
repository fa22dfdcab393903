#include "history/item_history.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "history/pinned_past.h"

namespace cfp::history {
namespace {

/// So many rows of the table are found one by one, from each to the one before it: a good millisecond each at 10 M
/// rows, where a scan takes 20.
constexpr std::uint64_t kRowsOfItem = 8;

/// From so many on they are found by one statement instead, where they are not further apart than that in all: two
/// groups of rows of DuckDB's, of which one column is read.
constexpr std::uint64_t kRowsWorthAStretch = 2;
constexpr std::uint64_t kLongestStretch = 250'000;

std::optional<std::int64_t> micros(const std::optional<Timestamp>& time) {
  return time ? std::optional<std::int64_t>(time->utc().time_since_epoch().count()) : std::nullopt;
}

/// Walks back from the last version of an item: through memory, and from there through the table.
class Search {
 public:
  Search(const PinnedPast& past, const ItemNames& names, tables::VersionSearch wanted)
      : past_(past), names_(names), wanted_(std::move(wanted)) {}

  std::vector<ItemVersion> run(const cache::LastRecord& last) {
    next_ = last.state->sequence;
    next_version_ = last.version;
    past_.wait_for(next_);
    while (next_ > past_.floor() && !done()) CFP_CHECK(step());
    if (!done() && next_version_ > 0) {
      walk();
      if (!done() && next_version_ > 0) scan();
    }
    return std::move(found_);
  }

 private:
  [[nodiscard]] bool done() const noexcept { return found_.size() >= wanted_.count; }

  /// False when the version that must come next is not where it must be.
  bool step() {
    const auto at = past_.find(names_, next_);
    return at && take(*at);
  }
  bool take(const FoundVersion& at) {
    if (at.item.record.version() != next_version_) return false;
    if (matches(at.item)) found_.push_back(at.item);
    seen_ = next_;
    next_ = at.previous_sequence;
    --next_version_;
    return true;
  }

  [[nodiscard]] bool matches(const ItemVersion& version) const {
    const std::int64_t accepted = version.record.updated_at().utc().time_since_epoch().count();
    return version.record.sequence() <= wanted_.through &&
           (!wanted_.below_version || version.record.version() < *wanted_.below_version) &&
           (!wanted_.before_us || accepted < *wanted_.before_us) &&
           (!wanted_.after_us || accepted > *wanted_.after_us) &&
           (!wanted_.username || version.username == wanted_.username);
  }

  /// How many rows of the table a walk has to look at; at least, where only a sequence says where it ends.
  [[nodiscard]] std::uint64_t rows_to_walk() const {
    const std::uint64_t missing = wanted_.count - found_.size();
    const std::uint64_t above =
        wanted_.below_version ? next_version_ - std::min(next_version_, *wanted_.below_version - 1) : 0;
    return std::min<std::uint64_t>(next_version_, above + std::min<std::uint64_t>(missing, next_version_));
  }

  void walk() {
    if (wanted_.before_us || wanted_.after_us || wanted_.username || rows_to_walk() > kRowsOfItem) return;
    for (std::uint64_t i = 0; i < kRowsOfItem && !done() && next_ != 0; ++i) {
      if (!step()) return;
      if (const auto near = stretch_of_the_rest()) {
        for (const FoundVersion& at : past_.find_all(names_, *near)) {
          if (done() || !take(at)) return;
        }
      }
    }
  }

  /// Where the others are, if they are no further from each other than the last two.
  [[nodiscard]] std::optional<tables::Stretch> stretch_of_the_rest() const {
    const std::uint64_t missing = rows_to_walk();
    if (done() || next_ == 0 || next_ >= seen_ || missing < kRowsWorthAStretch) return std::nullopt;
    const std::uint64_t length = missing * (seen_ - next_);
    if (length > kLongestStretch) return std::nullopt;
    return tables::Stretch{next_ - std::min(length, next_), next_, 4 * missing};  // of other items, too
  }

  /// Also where a row does not say what came before it: in a history that was repaired.
  void scan() {
    wanted_.count -= found_.size();
    // Not from `next_` on, which may be what leads astray.
    wanted_.through = std::min({wanted_.through, past_.floor(), seen_ != 0 ? seen_ - 1 : next_});
    const auto rows = past_.with_table([&](tables::ItemPast& table) { return table.versions(wanted_); });
    for (const tables::HistoryRecord& row : rows) found_.push_back(found_version(row).item);
  }

  const PinnedPast& past_;
  const ItemNames names_;
  tables::VersionSearch wanted_;
  std::uint64_t seen_ = 0;          // sequence of the version looked at last
  std::uint64_t next_ = 0;          // of the one to look at next; 0: unknown
  std::uint32_t next_version_ = 0;  // 0: there is none
  std::vector<ItemVersion> found_;
};

}  // namespace

std::vector<ItemVersion> versions_of(const PastSources& sources, const ItemNames& names, const HistoryQuery& query) {
  if (query.limit < 1) {
    throw CollectionFastPersistError(
        ErrorCode::invalid_argument,
        "limit: must be 1 or more, not " + std::to_string(query.limit) + "; it bounds how many versions are read.");
  }
  if (query.before_version && *query.before_version <= 1) return {};
  const PinnedPast past(sources);
  const auto last = sources.cache.last_record(names.key, names.collection_name, names.item_name);
  if (!last) return {};
  return Search(past, names,
                {.name = hashed(names),
                 .count = static_cast<std::uint64_t>(query.limit),
                 .below_version = query.before_version,
                 .before_us = micros(query.before),
                 .after_us = micros(query.after),
                 .username = query.username})
      .run(*last);
}

std::optional<ItemVersion> version_of(const PastSources& sources, const ItemNames& names, std::uint32_t version) {
  if (version == 0 || version == UINT32_MAX) return std::nullopt;
  HistoryQuery query;
  query.limit = 1;
  query.before_version = version + 1;
  const auto found = versions_of(sources, names, query);
  if (found.empty() || found.front().record.version() != version) return std::nullopt;
  return found.front();
}

std::optional<Record> item_at(const PastSources& sources, const ItemNames& names, const AsOf& as_of) {
  const PinnedPast past(sources);
  const auto last_record = [&] { return sources.cache.last_record(names.key, names.collection_name, names.item_name); };
  auto last = last_record();
  if (last) past.wait_for(last->state->sequence);  // what anybody may have seen counts, and batches are there whole
  const std::uint64_t through = past.last_sequence(as_of);
  if (as_of.time()) last = last_record();  // after that, so it has every record up to there
  if (!last) return std::nullopt;
  if (last->state->sequence <= through) {
    return last->first_sequence == 0 ? std::nullopt : std::optional(Record(*last->state, last->version));
  }
  tables::VersionSearch wanted;
  wanted.name = hashed(names);
  wanted.through = through;
  const auto found = Search(past, names, std::move(wanted)).run(*last);
  if (found.empty() || found.front().deleted) return std::nullopt;
  return found.front().record;
}

}  // namespace cfp::history
