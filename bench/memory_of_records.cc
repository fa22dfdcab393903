// What a record in memory takes beyond what it has to hold: the text of its data, its name, and its value's text.

#include <malloc.h>

#include <stdexcept>

#include "measurements.h"
#include "stores.h"

namespace cfp::bench {
namespace {

constexpr std::uint64_t kRecords = 100'000;

/// Of this thread's allocations, which load; DuckDB has an allocator of its own.
double heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

std::uint64_t payload_of(const Items& items) {
  std::uint64_t bytes = 0;
  for (const Record& record : items) {
    const Value value = record.value();
    const auto* const text = std::get_if<std::string>(&value);
    bytes += record.item_name().size() + record.data_text().size() + (text == nullptr ? 0 : text->size());
  }
  return bytes;
}

void measure_collections_of(std::uint64_t size, double bound, const Options& options, Report& report) {
  const ScratchDirectory scratch(options.directory / "memory_of_records");
  std::vector<Item> items = make_items(kRecords);
  for (std::uint64_t i = 0; i < kRecords; ++i) {
    items[i].key = items[i - i % size].key;
    items[i].collection_name = items[i - i % size].collection_name;
    items[i].item_name = "monthly_installment_" + std::to_string(1000 + i % size);
  }
  {
    const auto store = open_store(quiet_config(scratch.path() / "store"));
    fill(*store, items);
    store->close();
  }
  const auto store = open_store(quiet_config(scratch.path() / "store"));
  static_cast<void>(store->get_key("nothing of that name"));
  const double before = heap_bytes();
  for (std::uint64_t i = 0; i < kRecords; i += size) static_cast<void>(store->get_key(items[i].key));
  const double held = heap_bytes() - before;
  std::uint64_t payload = 0;
  for (std::uint64_t i = 0; i < kRecords; i += size) {
    const auto found = store->get_key(items[i].key, items[i].collection_name);
    if (!found || found->size() != size) throw std::logic_error("items are missing");
    payload += payload_of(*found);
  }
  const double extra = (held - static_cast<double>(payload)) / kRecords;
  report.add(figure_row("memory of a record beyond its payload, " + std::to_string(size) + " to a collection", "bytes",
                        {extra}, Goal::at_most, bound));
}

}  // namespace

void measure_memory_of_records(const Options& options, Report& report) {
  measure_collections_of(10, 160, options, report);
  measure_collections_of(1000, 110, options, report);
}

}  // namespace cfp::bench
