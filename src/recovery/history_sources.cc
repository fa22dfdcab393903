#include "recovery/history_sources.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "cfp/error.h"

namespace cfp::recovery {
namespace {

/// The one element; nullopt when there are none or several.
std::optional<std::string> only(const std::set<std::string>& ids) {
  return ids.size() == 1 ? std::optional(*ids.begin()) : std::nullopt;
}

}  // namespace

CollectionFastPersistError two_stores(const std::string& history, const std::string& latest) {
  return {ErrorCode::corrupt,
          "storage_history.duckdb belongs to another store than storage_latest.duckdb (" + history + ", " + latest +
              "), and there is no log and no backup to say whose directory this is. Move the file of the other store "
              "away, then open again; where that was the history, call repair(base_dir) first. Nothing was changed."};
}

std::string store_of_directory(const StoreIds& ids) {
  const std::set<std::string> log(ids.log.begin(), ids.log.end());
  const std::set<std::string> backups(ids.backups.begin(), ids.backups.end());
  std::set<std::string> residents = log;
  residents.insert(backups.begin(), backups.end());
  const bool history_stands = residents.empty() || residents.contains(ids.history) || ids.history_is_empty;
  if (residents.empty() && !ids.history.empty() && !ids.latest.empty() && ids.history != ids.latest) {
    throw two_stores(ids.history, ids.latest);
  }
  if (!ids.history.empty() && history_stands) return ids.history;
  if (residents.empty()) return ids.latest;
  if (const auto id = only(residents)) return *id;
  if (residents.contains(ids.latest)) return ids.latest;
  std::set<std::string> both;
  std::set_intersection(log.begin(), log.end(), backups.begin(), backups.end(), std::inserter(both, both.end()));
  if (const auto id = only(both)) return *id;
  throw CollectionFastPersistError(
      ErrorCode::corrupt,
      "Failed to open storage_history.duckdb: it cannot say to which store this directory belongs, and there are logs "
      "or backups of different stores (" +
          *residents.begin() + ", " + *residents.rbegin() +
          "). Move those of the other store away, then open again. Nothing was changed.");
}

std::string description_of(const HistorySource& source) {
  if (source.kind == HistorySource::Kind::log) return source.name;
  return source.name + ", which holds the records through " + std::to_string(source.watermark);
}

std::optional<HistoryChoice> choose_source(std::span<const HistorySource> sources, std::uint64_t required,
                                           const SourceChecks& checks, std::vector<std::string>& reasons) {
  for (const HistorySource& source : sources) {
    try {
      const LogReach reach = checks.reach(source.watermark);
      if (reach.last_sequence < required) {
        reasons.push_back(description_of(source) + ": the log leads only through record " +
                          std::to_string(reach.last_sequence));
      } else if (!checks.is_good(source)) {
        reasons.push_back(source.name + " is damaged");
      } else {
        return HistoryChoice{source, reach};
      }
    } catch (const CollectionFastPersistError& error) {
      if (error.code() != ErrorCode::corrupt) throw;
      reasons.push_back(description_of(source) + ": " + error.what());
    }
  }
  return std::nullopt;
}

}  // namespace cfp::recovery
