#pragma once

// Batches, deletes and expected versions in a simulated store.

#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "oracle/simulated_store.h"
#include "support/seeded_choice.h"

namespace cfp::oracle {

inline Call random_call(SimulatedStore& store, support::SeededChoice& choice) {
  return {"key" + std::to_string(choice.below(2)), choice.coin() ? "c" : "", "item" + std::to_string(choice.below(3)),
          ++store.next_number, 0};
}

inline std::string data_of(const Call& call, support::SeededChoice& choice) {
  return "{\"number\":" + std::to_string(call.number) + ",\"filler\":\"" + std::string(choice.below(900), 'x') + "\"}";
}

/// A call that writes `calls` together, if nothing hinders it; the model hears of what became of them. Throws PowerCut.
template <class Write>
void write_together(SimulatedStore& store, std::vector<Call> calls, bool is_conflict, const Write& write) {
  try {
    const std::uint64_t last = write();
    EXPECT_FALSE(is_conflict) << "a batch with another version than the expected one was written";
    for (std::size_t i = 0; i < calls.size(); ++i) calls[i].sequence = last - calls.size() + 1 + i;
    for (Call& call : calls) store.model.acknowledged(std::move(call));
  } catch (const support::PowerCut&) {
    store.model.unknown_batch(std::move(calls));
    throw;
  } catch (const VersionConflictError&) {
    EXPECT_TRUE(is_conflict);
  } catch (const CollectionFastPersistError& error) {
    ++store.refused;
    if (error.code() == ErrorCode::failed && !std::exchange(store.is_latched, true))
      store.model.unknown_batch(std::move(calls));
    if (store.disk.is_off()) throw support::PowerCut{};
    EXPECT_TRUE(error.code() == ErrorCode::failed || !store.is_latched) << error.what();
  }
}

/// A batch of stores and deletes, some with the version that their item has, now and then with another one.
inline void change_some(SimulatedStore& store, support::SeededChoice& choice) {
  Batch batch;
  std::vector<Call> calls;
  std::map<std::tuple<std::string, std::string, std::string>, cache::ItemPlace> places;
  bool is_conflict = false;
  cache::Cache& cache = store.engine->readable_cache();
  for (std::uint64_t count = 1 + choice.below(3); count > 0; --count) {
    Call call = random_call(store, choice);
    const auto held = cache.hold(call.key);
    static_cast<void>(cache.get_item(call.key, call.collection_name, call.item_name));
    const auto in_cache = cache.place_of(call.key, call.collection_name, call.item_name);
    cache::ItemPlace& place = places.try_emplace(call.item(), in_cache.value_or(cache::ItemPlace())).first->second;
    std::optional<std::uint32_t> expected;
    if (choice.coin()) expected = place.is_live ? place.version : 0;
    if (expected && choice.below(8) == 0) ++*expected, is_conflict = true;
    call.erases = choice.below(3) == 0;
    if (call.erases) {
      batch.delete_item(call.key, call.collection_name, call.item_name, std::to_string(call.number),
                        {.expected_version = expected});
      if (!place.is_live) continue;
    } else {
      batch.store(call.key, data_of(call, choice), call.item_name, call.collection_name, {}, std::nullopt, std::nullopt,
                  {.expected_version = expected});
    }
    place = {place.version + 1, !call.erases};
    calls.push_back(std::move(call));
  }
  const std::size_t count = calls.size();
  write_together(store, std::move(calls), is_conflict, [&] {
    const BatchResult result = store.engine->commit(batch, {});
    EXPECT_EQ(result.records, count);
    return result.last_sequence;
  });
}

/// Deletes a collection, or a key.
inline void delete_all(SimulatedStore& store, support::SeededChoice& choice) {
  const Call call = random_call(store, choice);
  const bool is_key = choice.below(4) == 0;
  std::vector<Call> calls;
  const auto add = [&](const std::string& collection_name, const Items& items) {
    for (const Record& item : items)
      calls.push_back({call.key, collection_name, std::string(item.item_name()), call.number, 0, true});
  };
  if (is_key) {
    for (const Collection& one : store.engine->readable_cache().get_key(call.key).value_or(Collections())) {
      add(one.name, one.items);
    }
  } else {
    add(call.collection_name,
        store.engine->readable_cache().get_collection(call.key, call.collection_name).value_or(Items()));
  }
  const std::size_t count = calls.size();
  write_together(store, std::move(calls), false, [&] {
    const auto collection = is_key ? std::nullopt : std::optional<std::string_view>(call.collection_name);
    EXPECT_EQ(store.engine->delete_all(call.key, collection, std::to_string(call.number), {}), count);
    return store.engine->stats().last_sequence;
  });
}

}  // namespace cfp::oracle
