#pragma once

// What is done to a simulated store: a seed repeats it to the last call of the disk.

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

/// One store of a random item; the model hears of what became of it. Throws PowerCut.
inline void store_one(SimulatedStore& store, support::SeededChoice& choice) {
  Call call = random_call(store, choice);
  const std::string data = data_of(call, choice);
  try {
    call.sequence =
        store.engine->store(call.key, data, call.item_name, call.collection_name, {}, std::nullopt, std::nullopt);
    store.model.acknowledged(std::move(call));
  } catch (const support::PowerCut&) {
    store.model.unknown(std::move(call));
    throw;
  } catch (const CollectionFastPersistError& error) {
    // Only a failed sync leaves the outcome open; what comes after it does not get as far as the log.
    ++store.refused;
    if (error.code() == ErrorCode::failed && !std::exchange(store.is_latched, true))
      store.model.unknown(std::move(call));
    if (store.disk.is_off()) throw support::PowerCut{};
    EXPECT_TRUE(error.code() == ErrorCode::failed || !store.is_latched) << error.what();
  }
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
    static_cast<void>(cache.get_item(call.key, call.collection_name, call.item_name));
    const auto in_cache = cache.place_of(call.key, call.collection_name, call.item_name);
    cache::ItemPlace& place = places.try_emplace(call.item(), in_cache.value_or(cache::ItemPlace())).first->second;
    std::optional<std::uint32_t> expected;
    if (choice.coin()) expected = place.is_live ? place.version : 0;
    if (expected && choice.below(8) == 0) ++*expected, is_conflict = true;
    call.erases = choice.below(3) == 0;
    if (call.erases) {
      batch.delete_item(call.key, call.collection_name, call.item_name, std::to_string(call.number), expected);
      if (!place.is_live) continue;
    } else {
      batch.store(call.key, data_of(call, choice), call.item_name, call.collection_name, {}, std::nullopt, std::nullopt,
                  expected);
    }
    place = {place.version + 1, !call.erases};
    calls.push_back(std::move(call));
  }
  const std::size_t count = calls.size();
  write_together(store, std::move(calls), is_conflict, [&] {
    const BatchResult result = store.engine->commit(batch);
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
      calls.push_back({call.key, collection_name, item.item_name(), call.number, 0, true});
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
    EXPECT_EQ(store.engine->delete_all(call.key, collection, std::to_string(call.number)), count);
    return store.engine->stats().last_sequence;
  });
}

/// Some calls of store_async. The model hears of them when their outcome is told: at a step of their task, or at the
/// end of the engine.
inline void store_some_async(SimulatedStore& store, support::SeededChoice& choice) {
  for (std::uint64_t count = 1 + choice.below(4); count > 0; --count) {
    const Call call = random_call(store, choice);
    const auto told = [&store, call](std::uint64_t sequence, const std::exception_ptr& error) {
      Call outcome = call;
      outcome.sequence = sequence;
      if (!error) return store.model.acknowledged(std::move(outcome));
      ++store.refused;
      try {
        std::rethrow_exception(error);
      } catch (const support::PowerCut&) {
        store.model.unknown(std::move(outcome));
      } catch (const CollectionFastPersistError& cause) {
        if (cause.code() != ErrorCode::failed) return;
        store.is_latched = true;
        store.model.unknown(std::move(outcome));
      }
    };
    store.engine->store_async(
        {call.key, data_of(call, choice), call.item_name, call.collection_name, {}, std::nullopt, std::nullopt, told});
  }
}

/// Closes and opens again, perhaps with the other date; a failed close is followed by a reopen all the same.
inline void reopen(SimulatedStore& store, support::SeededChoice& choice) {
  if (choice.coin()) store.date = store.date == "2025-01-15" ? "2025-01-16" : "2025-01-15";
  try {
    store.engine->close();
  } catch (const CollectionFastPersistError&) {
    // A reopen may follow.
  }
  if (store.disk.is_off()) throw support::PowerCut{};
  store.tables->crash();  // only what it kept in memory goes
  store.engine.reset();
  try {
    store.open();
  } catch (const CollectionFastPersistError&) {
    if (store.disk.is_off()) throw support::PowerCut{};
    store.disk.clear_faults();
    store.open();
  }
  if (store.disk.is_off()) throw support::PowerCut{};
  if (!store.model.has_unknown()) return;
  store.disk.clear_faults();
  store.engine->flush();
  store.model.settle(store.tables->history->rows);
}

/// One step of the workload. Throws PowerCut; errors of the disk are part of the game.
inline void step(SimulatedStore& store, support::SeededChoice& choice) {
  const std::uint64_t kind = choice.below(100);
  if (kind < 30) return store_one(store, choice);
  if (kind >= 45 && kind < 52) return store_some_async(store, choice);
  if (kind >= 52 && kind < 60) store.background.run("cfp-async");
  if (kind >= 94) return reopen(store, choice);
  const auto ignored = [](const auto& work) {
    try {
      work();
    } catch (const CollectionFastPersistError&) {
      // The tables could not take the records now, or give what was asked of them.
    }
  };
  if (kind >= 30 && kind < 42) return ignored([&] { change_some(store, choice); });
  if (kind >= 42 && kind < 45) return ignored([&] { delete_all(store, choice); });
  if (kind >= 60 && kind < 68) ignored([&] { store.engine->flush(); });
  if (kind >= 68 && kind < 76) store.background.run("cfp-flusher");
  if (kind >= 76 && kind < 84) {
    store.clock.advance(std::chrono::seconds(301));
    store.background.run("cfp-flusher");
  }
  if (kind >= 84 && kind < 87) store.background.run("cfp-segments");
  if (kind == 87) store.background.run("cfp-backup");
  if (kind >= 88 && kind < 90) ignored([&] { static_cast<void>(store.engine->back_up()); });
  if (kind >= 90) ignored([&] { static_cast<void>(store.engine->readable_cache().get_key("key0")); });
}

/// All of `steps` steps, or up to the power cut. True when the power is still on.
inline bool run(SimulatedStore& store, std::uint64_t seed, int steps) {
  support::SeededChoice choice(seed);
  try {
    if (!store.engine) store.open();
    if (store.disk.is_off()) return false;
    for (int i = 0; i < steps; ++i) {
      step(store, choice);
      if (store.disk.is_off()) return false;
    }
    return true;
  } catch (const support::PowerCut&) {
    return false;
  }
}

}  // namespace cfp::oracle
