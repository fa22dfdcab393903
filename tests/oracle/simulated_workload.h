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

#include "oracle/simulated_changes.h"
#include "oracle/simulated_store.h"
#include "support/seeded_choice.h"

namespace cfp::oracle {

/// One store of a random item; the model hears of what became of it. Throws PowerCut.
inline void store_one(SimulatedStore& store, support::SeededChoice& choice) {
  Call call = random_call(store, choice);
  const std::string data = data_of(call, choice);
  try {
    call.sequence =
        store.engine->store(call.key, data, call.item_name, call.collection_name, {}, std::nullopt, std::nullopt, {});
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
        {{false, call.key, data_of(call, choice), call.item_name, call.collection_name, {}, {}, {}, {}}, told});
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
