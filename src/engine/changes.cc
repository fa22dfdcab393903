// Writes other than a plain store: batches, deletes, restored versions. They go the way of every store, and are decided
// on it.

#include <utility>
#include <vector>

#include "engine/engine.h"

namespace cfp::engine {
namespace {

/// The value that a row of history had: a bool is in the data, which is the only place that tells it from 0 and 1.
Value value_of(const Row& row) {
  if (Data(std::get<std::string>(row[0])).get_bool("value")) return {};
  if (const auto* const integer = std::get_if<std::int64_t>(&row[1])) return *integer;
  if (const auto* const real = std::get_if<double>(&row[2])) return *real;
  if (const auto* const text = std::get_if<std::string>(&row[3])) return *text;
  return {};
}

[[noreturn]] void refuse_version(std::uint32_t version, const char* why) {
  throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                   "Nothing was restored: version " + std::to_string(version) + why);
}

}  // namespace

model::Record Engine::encode(const Batch::Change& change, Timestamp now) const {
  const std::optional<std::string_view> username = change.username;
  if (!change.deletes) {
    return encode({change.key, change.collection_name, change.item_name, change.data.text(), change.value,
                   change.timestamp, username},
                  now);
  }
  model::Record record =
      model::encode_delete({change.key, change.collection_name, change.item_name, username}, schema_);
  check_size(record);
  return record;
}

BatchResult Engine::commit(const Batch& batch) {
  check_usable();
  if (batch.empty()) return {};
  const Timestamp now(parts_.environment.clock->now());
  std::vector<ComparedWrite::Part> parts;
  parts.reserve(batch.size());
  for (const Batch::Change& change : batch.changes()) parts.push_back({encode(change, now), change.expected_version});
  ComparedWrite write(*cache_, *unflushed_, std::move(parts));
  return commit(write, [&] {
    write.for_each_condition([&](const model::Record& record) {
      static_cast<void>(cache_->get_item(record.key, record.collection_name, record.state->item_name));
    });
  });
}

std::uint64_t Engine::delete_all(std::string_view key, const std::optional<std::string_view>& collection_name,
                                 const std::optional<std::string_view>& username) {
  check_usable();
  // Refuses what is not acceptable before anything is loaded.
  check_size(model::encode_delete({key, collection_name.value_or(""), "", username}, schema_));
  DeleteAll write(*cache_, *unflushed_, schema_, {key, collection_name, username});
  const auto load = [&] {
    if (collection_name) {
      static_cast<void>(cache_->get_collection(key, *collection_name));
    } else {
      static_cast<void>(cache_->get_key(key));
    }
  };
  return commit(write, load).deleted;
}

BatchResult Engine::commit(ConditionalWrite& write, const std::function<void()>& load) {
  while (true) {
    load();
    reserve(write.wanted_room());
    write.take_room(write.wanted_room());
    std::uint64_t last = 0;
    try {
      last = commit_->commit(write);
    } catch (...) {
      write.give_back_room(false);
      throw;
    }
    write.give_back_room(last != 0);
    if (!write.is_stale()) return {last, write.count(), write.deleted()};
  }
}

std::uint64_t Engine::restore_item(std::string_view key, std::string_view collection_name, std::string_view item_name,
                                   std::uint32_t version, const std::optional<std::string_view>& username) {
  check_usable();
  const model::Record names = model::encode_delete({key, collection_name, item_name, username}, schema_);
  auto rows =
      query(Table::history,
            "SELECT data::VARCHAR, value_int, value_float, value_string, cfp_op = 'delete' FROM storage_history "
            "WHERE cfp_item_hash = ?::UBIGINT AND \"key\" = ? AND collection_name = ? AND item_name = ? "
            "AND version = ?",
            {std::to_string(names.item_hash), names.key, names.collection_name, names.state->item_name,
             std::int64_t{version}});
  const auto row = rows.fetchone();
  if (!row) refuse_version(version, " of the item is not there.");
  if (std::get<bool>(row->at(4))) refuse_version(version, " of the item is a delete; restore the one before it.");
  // Not normalised: the text has been, as far as it was to be.
  model::Record record = model::encode(
      {key, collection_name, item_name, std::get<std::string>(row->at(0)), value_of(*row), std::nullopt, username},
      {schema_, false}, Timestamp(parts_.environment.clock->now()));
  check_size(record);
  return commit({&record, 1});
}

}  // namespace cfp::engine
