// The names on a FakeTableDisk: the plainest way to say what tables::NameList promises.

#include <algorithm>
#include <map>

#include "support/fake_latest_table.h"

namespace cfp::support {
namespace {

template <class Out, class Value>
std::vector<Out> page_of(std::map<std::string, Value>& all, const tables::NameRange& range,
                         Out (*take)(const std::string&, Value&)) {
  std::vector<Out> page;
  for (auto& [name, value] : all) {
    if (range.contains(name)) page.push_back(take(name, value));
  }
  if (range.descending) std::reverse(page.begin(), page.end());
  if (page.size() > range.limit) page.resize(range.limit);
  return page;
}

std::string name_alone(const std::string& name, bool&) { return name; }

}  // namespace

std::vector<std::string> FakeLatestTable::keys(const tables::NameRange& range) {
  const std::lock_guard lock(disk_->mutex);
  std::map<std::string, bool> all;
  for (const auto& [name, row] : file().rows) {
    if (row.state) all[name.key] = true;
  }
  return page_of<std::string, bool>(all, range, &name_alone);
}

std::vector<std::string> FakeLatestTable::collections(std::string_view key, const tables::NameRange& range) {
  const std::lock_guard lock(disk_->mutex);
  std::map<std::string, bool> all;
  for (const auto& [name, row] : file().rows) {
    if (row.state && name.key == key) all[name.collection_name] = true;
  }
  return page_of<std::string, bool>(all, range, &name_alone);
}

std::vector<model::LoadedItem> FakeLatestTable::items(std::string_view key, std::string_view collection_name,
                                                      const tables::NameRange& range) {
  const std::lock_guard lock(disk_->mutex);
  std::map<std::string, model::LoadedItem> all;
  for (const auto& [name, row] : file().rows) {
    if (name.key != key || name.collection_name != collection_name) continue;
    all[name.item_name] = loaded_item(name, row);
  }
  return page_of<model::LoadedItem, model::LoadedItem>(
      all, range, [](const std::string&, model::LoadedItem& item) { return std::move(item); });
}

}  // namespace cfp::support
