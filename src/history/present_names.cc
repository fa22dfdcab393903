#include "history/present_names.h"

#include <utility>

#include "base/json.h"
#include "history/name_merge.h"
#include "history/pinned_past.h"

namespace cfp::history {
namespace {

class PresentNames {
 public:
  explicit PresentNames(const PastSources& sources) : sources_(sources), past_(sources) {
    past_.wait_for(sources.unflushed.announced());
    changes_ = sources.unflushed.after(past_.floor(), SIZE_MAX);
  }

  /// Only what is of this key counts from here on.
  void keep(std::string_view key) {
    std::erase_if(changes_, [key](const model::Record* record) { return record->key() != key; });
  }
  void keep(std::string_view key, std::string_view collection_name) {
    std::erase_if(changes_, [=](const model::Record* record) {
      return record->collection_name() != collection_name || record->key() != key;
    });
  }
  void sort() { sort_by_names(changes_); }
  [[nodiscard]] Changes changes() const { return changes_; }

  [[nodiscard]] std::vector<std::string> keys(const tables::NameRange& range, Changes changes) const {
    return names(
        range, divided(changes, range, [](const model::Record& record) -> std::string_view { return record.key(); }),
        [&](const tables::NameRange& page) {
          return sources_.tables.with_latest([&](tables::NameList& table) { return table.keys(page); });
        },
        [&](std::string_view key, Changes of_key) { return !collections(key, one(), of_key).empty(); });
  }

  [[nodiscard]] std::vector<std::string> collections(std::string_view key, const tables::NameRange& range,
                                                     Changes changes) const {
    return names(
        range,
        divided(changes, range,
                [](const model::Record& record) -> std::string_view { return record.collection_name(); }),
        [&](const tables::NameRange& page) {
          return sources_.tables.with_latest([&](tables::NameList& table) { return table.collections(key, page); });
        },
        [&](std::string_view name, Changes of_name) { return !items(key, name, one(), of_name).empty(); });
  }

  [[nodiscard]] std::vector<Record> items(std::string_view key, std::string_view collection_name,
                                          const tables::NameRange& range, Changes changes) const {
    const auto changed = divided(
        changes, range, [](const model::Record& record) -> std::string_view { return record.state->item_name(); });
    return merged<Record>(
        range, changed,
        [&](const tables::NameRange& page) {
          return sources_.tables.with_latest(
              [&](tables::NameList& table) { return table.items(key, collection_name, page); });
        },
        [](const model::LoadedItem& item) -> std::string_view { return item.item_name; }, &item_of);
  }

 private:
  static tables::NameRange one() { return {}; }

  template <class Fetch, class IsThere>
  static std::vector<std::string> names(const tables::NameRange& range, const std::vector<ChangedName>& changed,
                                        Fetch fetch, IsThere is_there) {
    return merged<std::string>(
        range, changed, fetch, [](const std::string& name) -> std::string_view { return name; },
        [&](std::string_view name, std::string* row, Changes changes) -> std::optional<std::string> {
          // Where all that is known are deletes, others may be left.
          const bool is_sure = changes.empty() ? row != nullptr : has_store(changes);
          if (!is_sure && (row == nullptr || !is_there(name, changes))) return std::nullopt;
          return row == nullptr ? std::string(name) : std::move(*row);
        });
  }

  /// The row may be newer than some of the records; each of the others is one version more.
  static std::optional<Record> item_of(std::string_view, model::LoadedItem* row, Changes changes) {
    model::VersionBase base = row == nullptr ? model::VersionBase{} : row->base;
    model::State state = row == nullptr ? nullptr : row->state;
    for (const model::Record* record : changes) {
      if (record->sequence() <= base.sequence) continue;
      base = {base.version + 1, record->sequence()};
      state = record->state;
    }
    if (!state || state->operation() == model::Operation::erase) return std::nullopt;
    return Record(*state, base.version);
  }

  const PastSources sources_;
  const PinnedPast past_;
  std::vector<const model::Record*> changes_;
};

}  // namespace

std::vector<std::string> keys(const PastSources& sources, const ListQuery& query) {
  const tables::NameRange range = range_of(query);
  PresentNames names(sources);
  names.sort();
  return names.keys(range, names.changes());
}

std::vector<std::string> collections(const PastSources& sources, std::string_view key, const ListQuery& query) {
  const tables::NameRange range = range_of(query);
  if (!json::is_utf8(key)) return {};
  PresentNames names(sources);
  names.keep(key);
  names.sort();
  return names.collections(key, range, names.changes());
}

std::vector<Record> items(const PastSources& sources, std::string_view key, std::string_view collection_name,
                          const ListQuery& query) {
  const tables::NameRange range = range_of(query);
  if (!json::is_utf8(key) || !json::is_utf8(collection_name)) return {};
  PresentNames names(sources);
  names.keep(key, collection_name);
  names.sort();
  return names.items(key, collection_name, range, names.changes());
}

}  // namespace cfp::history
