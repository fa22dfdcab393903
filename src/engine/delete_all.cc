#include "engine/delete_all.h"

#include <utility>

#include "cfp/record.h"
#include "model/encoder.h"

namespace cfp::engine {

bool DeleteAll::fill(const wal::PendingItems& before) {
  clear();
  const auto& request = selection_.options.request_id;
  if (request && (before.find_request(*request) != nullptr || present_.requests.find(*request))) return true;
  if (selection_.collection_name) {
    const auto items = present_.cache.peek_collection(selection_.key, *selection_.collection_name);
    if (!items) return false;
    if (*items) add_items(*selection_.collection_name, **items, before);
  } else {
    const auto collections = present_.cache.peek_key(selection_.key);
    if (!collections) return false;
    if (*collections) {
      for (const Collection& collection : **collections) add_items(collection.name, collection.items, before);
    }
  }
  // What readers do not see yet.
  before.for_each([&](const wal::PendingItems::Change& change) {
    const model::Record& record = *change.last;
    if (!change.is_live() || !selects(record)) return;
    const auto place = present_.cache.place_of(record.key(), record.collection_name(), record.state->item_name());
    if (!place || !place->is_live) add(tombstone(record.collection_name(), record.state->item_name()));
  });
  return true;
}

bool DeleteAll::selects(const model::Record& record) const {
  return record.key() == selection_.key &&
         record.collection_name() == selection_.collection_name.value_or(record.collection_name());
}

void DeleteAll::add_items(std::string_view collection_name, const Items& items, const wal::PendingItems& before) {
  for (const Record& item : items) {
    model::Record record = tombstone(collection_name, item.item_name());
    const auto* const change = before.find(record);
    if (change == nullptr || change->is_live()) add(std::move(record));
  }
}

model::Record DeleteAll::tombstone(std::string_view collection_name, std::string_view item_name) const {
  model::Record record =
      model::encode_delete({selection_.key, collection_name, item_name, selection_.username}, schema_);
  model::annotate(record, selection_.options);
  return record;
}

}  // namespace cfp::engine
