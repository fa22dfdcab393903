// A thousand records with one sync, beside what a user might pick instead. What other ways to write cost: a delete and
// a small batch against store(), an import against commit().

#include <cstdint>
#include <fstream>
#include <span>

#include "contender.h"
#include "measurements.h"
#include "stores.h"

namespace cfp::bench {
namespace {

constexpr std::uint64_t kRecordsOfABatch = 1000;
constexpr std::uint64_t kFieldsOfAForm = 30;

void commit(CollectionFastPersist& store, const std::vector<Item>& items, std::uint64_t first, std::uint64_t count) {
  Batch batch;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Item& item = items[(first + i) % items.size()];
    batch.store(item.key, item.data, item.item_name, item.collection_name, item.value);
  }
  store.commit(batch);
}

/// Calls of `write_some(first)`, each for `count` records; returns records a second.
template <class WriteSome>
double records_per_second(std::uint64_t calls, std::uint64_t count, std::uint64_t& at, const WriteSome& write_some) {
  return static_cast<double>(calls * count) / seconds_of([&] {
           for (std::uint64_t i = 0; i < calls; ++i, at += count) write_some(at);
         });
}

void measure_large_batches(const Options& options, const CollectionConfig& config, const std::string& tables,
                           Report& report) {
  constexpr std::uint64_t kBatches = 12;  // in all rounds not more than max_unflushed_bytes holds
  const ScratchDirectory scratch(options.directory / "batches");
  const std::vector<Item> items = make_items(100'000);
  const std::vector<Kind> kinds = all_kinds(config);
  std::vector<std::unique_ptr<Contender>> contenders;
  for (const Kind& kind : kinds) contenders.push_back(open_in(scratch.path(), kind));
  std::vector<std::uint64_t> at(kinds.size(), 0);
  const auto rates = take_turns_of(kinds.size(), options.rounds, [&](std::size_t who) {
    return records_per_second(kBatches, kRecordsOfABatch, at[who], [&](std::uint64_t first) {
      contenders[who]->store_all(std::span(items).subspan(first % items.size(), kRecordsOfABatch));
    });
  });
  for (std::size_t i = 1; i < kinds.size(); ++i) {
    const bool is_judged = kinds[i].name.starts_with("RocksDB");
    report.add(ratio_row("commit() of 1,000, " + tables + " / " + kinds[i].name, "records/s", {rates[0], rates[i]},
                         is_judged ? Goal::at_least : Goal::none, 1));
  }
}

void measure_small_changes(const Options& options, Report& report) {
  constexpr std::uint64_t kCalls = 1500;
  const ScratchDirectory scratch(options.directory / "batches");
  const std::vector<Item> items = make_items(100'000);
  const auto store = open_store(quiet_config(scratch.path() / "store"));
  std::uint64_t stored = 0, deleted = 0, form = 0;
  const auto store_one = [&] {
    return records_per_second(kCalls, 1, stored, [&](std::uint64_t i) { store_item(*store, items[i % items.size()]); });
  };
  // Deletes go from the last item back, stores from the first on, so that each delete finds something. What is in
  // memory is compared: to delete what is not, it is read first.
  fill(*store, items);
  for (std::uint64_t i = 0; i < items.size(); i += kItemsPerCollection) static_cast<void>(store->get_key(items[i].key));
  report.add(ratio_row("delete_item() / store(), 1 thread", "calls/s",
                       take_turns(
                           options.rounds,
                           [&] {
                             return records_per_second(kCalls, 1, deleted, [&](std::uint64_t i) {
                               const Item& item = items[items.size() - 1 - i % items.size()];
                               store->delete_item(item.key, item.collection_name, item.item_name);
                             });
                           },
                           store_one),
                       Goal::at_least, 0.9));
  report.add(ratio_row("commit() of a form of 30 fields / store(), 1 thread", "calls/s",
                       take_turns(
                           options.rounds,
                           [&] {
                             return records_per_second(
                                        kCalls, kFieldsOfAForm, form,
                                        [&](std::uint64_t first) { commit(*store, items, first, kFieldsOfAForm); }) /
                                    kFieldsOfAForm;
                           },
                           store_one),
                       Goal::none, 0));
}

/// From an open to the end of close: what is stored is in the tables then, and in a backup.
template <class Fill>
double filled_per_second(const std::filesystem::path& directory, std::uint64_t count, const Fill& fill_store) {
  const ScratchDirectory scratch(directory);
  CollectionConfig config;
  config.base_dir = scratch.path();
  return static_cast<double>(count) / seconds_of([&] {
           const auto store = open_store(config);
           fill_store(*store);
           store->close();
         });
}

void measure_import(const Options& options, Report& report) {
  const std::uint64_t records = options.quick ? 50'000 : 300'000;
  const ScratchDirectory scratch(options.directory / "import");
  const std::vector<Item> items = make_items(records);
  const std::filesystem::path file = scratch.path() / "records.jsonl";
  {
    const auto store = open_store(quiet_config(scratch.path() / "source"));
    for (std::uint64_t i = 0; i < records; i += kRecordsOfABatch) commit(*store, items, i, kRecordsOfABatch);
    store->export_records(file);
  }
  const Match match = take_turns(
      options.rounds,
      [&] {
        return filled_per_second(scratch.path() / "store", records,
                                 [&](CollectionFastPersist& store) { store.import_records(file); });
      },
      [&] {
        return filled_per_second(scratch.path() / "store", records, [&](CollectionFastPersist& store) {
          for (std::uint64_t i = 0; i < records; i += kRecordsOfABatch) commit(store, items, i, kRecordsOfABatch);
        });
      });
  report.add(ratio_row("import of JSON lines / commit() of 1,000 records each, open to close", "records/s", match,
                       Goal::at_least, 0.5));
}

}  // namespace

void measure_batches(const Options& options, Report& report) {
  measure_large_batches(options, quiet_config({}), "tables filled by call", report);
  measure_large_batches(options, {}, "tables filled beside", report);
  measure_small_changes(options, report);
  measure_import(options, report);
}

}  // namespace cfp::bench
