// The program that crash tests kill: by a signal from outside, or at the failpoint that CFP_FAILPOINT names.
//
//   cfp_child list-failpoints
//   cfp_child list-mutants             the seeded bugs that CFP_MUTANT can turn on
//   cfp_child run DIR RUN OPS          stores OPS records with each thread; prints what was acknowledged; flushes;
//                                      closes. Every other run makes a backup half-way
//   cfp_child seen DIR FROM MORE       stores one item with the numbers FROM, FROM + 1, ..., and reads it in another
//   thread;
//                                      prints the first that is at least FROM + MORE and kills itself
//   cfp_child watch DIR FROM           stores with three threads, and prints what a watcher from FROM on sees
//   cfp_child backup DIR               makes a backup beside the running store, then one at its close
//   cfp_child rebuild-latest DIR       through the public call of that name
//   cfp_child rebuild-history DIR      the same
//   cfp_child sort DIR                 sorts latest, which otherwise takes more than 524,288 changed rows
//   cfp_child columns DIR              opens with a column that the tables lack, closes
//   cfp_child check DIR                opens, checks both files, closes
//   cfp_child read DIR USER            becomes that user, opens for reading only, prints the last sequence, closes
//   cfp_child hold DIR USER            the same, but waits to be killed instead of closing
//   cfp_child own DIR                  opens for writing, says so and waits to be killed
//   cfp_child repair DIR               carries a repair out
//   cfp_child restore DIR INTO         restores everything
//   cfp_child faulty DIR RUN PIECE FIRST once|on ERRNO   calls on files fail (faults/failing_run.h)

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/failpoint.h"
#include "base/mutant.h"
#include "cfp/collection_fast_persist.h"
#include "crash/seen_event.h"
#include "crash/workload.h"
#include "faults/failing_run.h"
#include "tables/duckdb/duckdb_tables.h"

namespace {

cfp::CollectionConfig small_config(const std::string& directory) {
  cfp::CollectionConfig config;
  config.base_dir = directory;
  config.max_wal_size = 4096;
  config.batch_size = 5;
  config.duckdb_flush_interval_seconds = 0.005;
  config.latest_interval_seconds = 0.01;
  config.allow_network_fs = true;
  config.retain_days = 0;
  return config;
}

void print(const std::string& text) {
  if (::write(STDOUT_FILENO, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::_Exit(3);
}

void store_all(cfp::CollectionFastPersist& store, std::uint64_t run, std::uint64_t thread, std::uint64_t ops) {
  for (std::uint64_t n = 0; n < ops; ++n) {
    const auto record = cfp::crash::planned_record(run, thread, n);
    const std::uint64_t sequence =
        store.store(record.key, record.data, record.item_name, record.collection_name, static_cast<std::int64_t>(n));
    print(cfp::crash::acknowledgement(run, thread, n, sequence));
    if (thread == 0 && n % 8 == 3) store.flush_data_to_duckdb();
    if (thread == 2 && n == ops / 2 && run % 2 == 0) static_cast<void>(store.backup());
    if (thread == 1 && n % 4 == 1) static_cast<void>(store.get_key(record.key));
  }
}

void change_all(cfp::CollectionFastPersist& store, std::uint64_t run, std::uint64_t ops) {
  using namespace cfp::crash;
  for (std::uint64_t n = 0; n < ops; ++n) {
    const std::string name = change_name(run, n);
    if (is_delete(n)) {
      if (store.delete_collection(kChangedKey, "", name) != kItemsOfAChange) std::_Exit(5);
      // Nobody else changes them, so that their last records are those of the delete.
      print(acknowledged_change(run, n, 0));
      continue;
    }
    cfp::Batch batch;
    for (const char* const item : {"a", "b"}) {
      const auto before = store.get_item(kChangedKey, "", item);
      batch.store(kChangedKey, cfp::Data().set("change", name), item, "", static_cast<std::int64_t>(n), std::nullopt,
                  std::nullopt, {.expected_version = before ? before->version() : 0});
    }
    print(acknowledged_change(run, n, store.commit(batch).last_sequence));
  }
}

/// Acknowledgements come from another thread, at last from the one that closes the store.
void store_all_async(cfp::CollectionFastPersist& store, std::uint64_t run, std::uint64_t ops) {
  constexpr std::uint64_t kThread = cfp::crash::kAsyncThread;
  using Room = std::counting_semaphore<cfp::crash::kMostOnTheirWay>;
  const auto room = std::make_shared<Room>(cfp::crash::kMostOnTheirWay);
  for (std::uint64_t n = 0; n < ops; ++n) {
    room->acquire();
    const auto record = cfp::crash::planned_record(run, kThread, n);
    store.store_async(record.key, record.data, record.item_name, record.collection_name, static_cast<std::int64_t>(n),
                      std::nullopt, std::nullopt,
                      [run, n, room](std::uint64_t sequence, const std::exception_ptr& error) {
                        if (error) std::_Exit(4);
                        print(cfp::crash::acknowledgement(run, kThread, n, sequence));
                        room->release();
                      });
  }
}

/// The first run waits for the disk; of those after it some do not, from which a kill takes as little.
cfp::Durability durability_of(std::uint64_t run) {
  constexpr std::array kOfRuns = {cfp::Durability::none, cfp::Durability::always, cfp::Durability::interval};
  return kOfRuns.at(run % kOfRuns.size());
}

void run(const std::string& directory, std::uint64_t run, std::uint64_t ops) {
  cfp::CollectionConfig config = small_config(directory);
  config.durability = durability_of(run);
  config.durability_interval_ms = 2;
  cfp::CollectionFastPersist store(cfp::crash::kDate, config);
  print("open\n");
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < cfp::crash::kThreads; ++thread) {
    threads.emplace_back([&store, run, thread, ops] { store_all(store, run, thread, ops); });
  }
  threads.emplace_back([&store, run, ops] { change_all(store, run, ops); });
  threads.emplace_back([&store, run, ops] { store_all_async(store, run, ops); });
  for (std::thread& thread : threads) thread.join();
  static_cast<void>(store.latest_conn().execute("SELECT count(*) FROM storage_latest").fetchall());  // applies all
  store.close();
  print("closed\n");
}

/// The reader looks without a pause, so that it sees the record as early as anybody can: when `store` has not returned.
[[noreturn]] void see(const std::string& directory, std::int64_t from, std::int64_t more) {
  cfp::CollectionFastPersist store(cfp::crash::kDate, small_config(directory));
  const std::jthread writer([&](const std::stop_token& stop) {
    for (std::int64_t n = from; !stop.stop_requested(); ++n) store.store("k", "{}", "i", "c", n);
  });
  for (;;) {
    const auto record = store.get_item("k", "c", "i");
    if (!record || std::get<std::int64_t>(record->value()) < from + more) continue;
    print("seen " + std::to_string(record->sequence()) + " " + std::to_string(std::get<std::int64_t>(record->value())) +
          "\n");
    ::kill(::getpid(), SIGKILL);
  }
}

/// Each in a durability of its own: a watcher must see only what a kill and more cannot take back.
[[noreturn]] void watch(const std::string& directory, std::uint64_t from) {
  cfp::CollectionConfig config = small_config(directory);
  config.durability_interval_ms = 2;
  cfp::CollectionFastPersist store(cfp::crash::kDate, config);
  std::vector<std::jthread> writers;
  for (std::uint64_t thread = 0; thread < 3; ++thread) {
    writers.emplace_back([&store, from, thread](const std::stop_token& stop) {
      for (std::uint64_t n = 0; !stop.stop_requested(); ++n) {
        const std::string item = std::to_string(n % 3);
        const auto value = static_cast<std::int64_t>(from * 1000 + n);
        if (n % 7 == 5) {
          store.delete_item("k" + std::to_string(thread), "c", item);
        } else {
          store.store("k" + std::to_string(thread), {}, item, "c", value, {}, {}, {}, durability_of(thread));
        }
      }
    });
  }
  cfp::Watcher watcher = store.watch({.from_sequence = from});
  for (;;) {
    const auto event = watcher.next(std::chrono::milliseconds(1000));
    if (event) print(cfp::crash::seen_event(*event));
  }
}

void sort_latest(const std::string& directory) {
  const auto tables = cfp::tables::make_duckdb_tables({directory, 512U << 20U, 1});
  const auto history = tables->open_history({}, "");
  const auto latest = tables->open_latest(history->schema(), history->meta().store_id);
  latest->sort();
  latest->checkpoint();
}

/// `user` is a number; the user that runs already is always allowed.
void read(const std::string& directory, const std::string& user, bool holds) {
  const auto id = static_cast<uid_t>(std::stoul(user));
  if (::setresuid(id, id, id) != 0) throw std::runtime_error("setresuid");
  cfp::CollectionConfig config = small_config(directory);
  config.read_only = true;
  cfp::CollectionFastPersist store(cfp::crash::kDate, config);
  print("open " + std::to_string(store.get_stats().last_sequence) + "\n");
  while (holds) ::pause();
  store.close();
}

[[noreturn]] void own(const std::string& directory) {
  const cfp::CollectionFastPersist store(cfp::crash::kDate, small_config(directory));
  print("open\n");
  for (;;) ::pause();
}

void list_failpoints() {
#ifdef CFP_FAILPOINTS
  for (const std::string& name : cfp::base::failpoint_names()) print(name + "\n");
#endif
}

void list_mutants() {
#ifdef CFP_MUTANTS
  for (const std::string& name : cfp::base::mutant_names()) print(name + "\n");
#endif
}

/// The modes that look at a store that is there, or at what becomes of it. False for any other.
bool look_at(const std::string& mode, const std::vector<std::string>& arguments) {
  const std::string& directory = arguments.at(1);
  if (mode == "sort") {
    sort_latest(directory);
  } else if (mode == "read" || mode == "hold") {
    read(directory, arguments.at(2), mode == "hold");
  } else if (mode == "faulty") {
    cfp::faults::run_with_failing_calls(
        directory, std::stoull(arguments.at(2)),
        {arguments.at(3), std::stoul(arguments.at(4)), arguments.at(5) == "on", std::stoi(arguments.at(6))}, print);
  } else {
    return false;
  }
  return true;
}

int work(const std::vector<std::string>& arguments) {
  const std::string& mode = arguments.at(0);
  if (mode == "list-failpoints" || mode == "list-mutants") {
    mode == "list-mutants" ? list_mutants() : list_failpoints();
    return 0;
  }
  const std::string& directory = arguments.at(1);
  if (look_at(mode, arguments)) return 0;
  if (mode == "run") {
    run(directory, std::stoull(arguments.at(2)), std::stoull(arguments.at(3)));
    return 0;
  }
  if (mode == "seen") see(directory, std::stoll(arguments.at(2)), std::stoll(arguments.at(3)));
  if (mode == "watch") watch(directory, std::stoull(arguments.at(2)));
  if (mode == "own") own(directory);
  if (mode == "repair") {
    cfp::RepairOptions options;
    options.dry_run = false;
    options.allow_network_fs = true;
    static_cast<void>(cfp::repair(directory, options));
    return 0;
  }
  if (mode == "restore") {
    cfp::RestoreOptions options;
    options.allow_network_fs = true;
    options.max_wal_size = 4096;
    static_cast<void>(cfp::restore(directory, arguments.at(2), cfp::RestoreTarget::everything(), options));
    return 0;
  }
  cfp::CollectionConfig config = small_config(directory);
  if (mode == "columns") {
    config.extra_schema = {{"thread", "int32"}};
    config.add_missing_columns = true;
  }
  cfp::CollectionFastPersist store(cfp::crash::kDate, config);
  if (mode == "backup") {
    static_cast<void>(store.backup());
  } else if (mode == "rebuild-latest") {
    static_cast<void>(store.rebuild_latest_from_history());
  } else if (mode == "rebuild-history") {
    static_cast<void>(store.rebuild_history_from_wal(cfp::crash::kDate));
  } else if (mode == "check") {
    const bool healthy = store.check_database_health(store.history_db_path(), "storage_history") &&
                         store.check_database_health(store.latest_db_path(), "storage_latest");
    print(healthy ? "healthy\n" : "damaged\n");
    if (!healthy) return 0;  // a close would report that it can make no backup of this
  } else if (mode != "columns") {
    return 2;
  }
  store.close();
  return 0;
}

}  // namespace

int main(int count, char** values) {
  try {
    return work(std::vector<std::string>(values + 1, values + count));
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
