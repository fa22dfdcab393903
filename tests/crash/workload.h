#pragma once

// What the killed program stores, and how it tells: both it and the test that judges it know this.

#include <cstdint>
#include <string>

namespace cfp::crash {

/// The n-th record of one thread of one run: the same every time, with names from a small set, so that versions grow.
struct PlannedRecord {
  std::string key, collection_name, item_name, data;
};

inline std::uint64_t mixed(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

inline PlannedRecord planned_record(std::uint64_t run, std::uint64_t thread, std::uint64_t n) {
  const std::uint64_t bits = mixed(mixed(mixed(run) + thread) + n);
  PlannedRecord record;
  record.key = "key" + std::to_string(bits % 2);
  record.collection_name = (bits >> 8U) % 2 == 0 ? "" : "collection";
  record.item_name = "item" + std::to_string((bits >> 16U) % 4);
  record.data = "{\"run\":" + std::to_string(run) + ",\"thread\":" + std::to_string(thread) +
                ",\"n\":" + std::to_string(n) + ",\"filler\":\"" + std::string((bits >> 24U) % 500, 'x') + "\"}";
  return record;
}

/// "ack RUN THREAD N SEQUENCE\n": written after store returned, by one write call, so that lines stay whole.
inline std::string acknowledgement(std::uint64_t run, std::uint64_t thread, std::uint64_t n, std::uint64_t sequence) {
  return "ack " + std::to_string(run) + " " + std::to_string(thread) + " " + std::to_string(n) + " " +
         std::to_string(sequence) + "\n";
}

/// Beside the threads that store one record after the other, one makes changes of two items, "a" and "b" of this key,
/// as one: a batch on the versions that they have, and each third time a delete of the collection, by the username
/// `change_name`.
inline constexpr const char* kChangedKey = "changed";
inline constexpr std::uint64_t kItemsOfAChange = 2;

inline bool is_delete(std::uint64_t n) { return n % 3 == 2; }
inline std::string change_name(std::uint64_t run, std::uint64_t n) {
  return std::to_string(run) + "/" + std::to_string(n);
}
/// "change RUN/N LAST_SEQUENCE\n"
inline std::string acknowledged_change(std::uint64_t run, std::uint64_t n, std::uint64_t last_sequence) {
  return "change " + change_name(run, n) + " " + std::to_string(last_sequence) + "\n";
}

inline constexpr std::uint64_t kThreads = 3;      // that call store
inline constexpr std::uint64_t kAsyncThread = 3;  // the number of the one that calls store_async
inline constexpr std::uint64_t kWriters = 4;
inline constexpr std::uint64_t kMostOnTheirWay = 8;  // of its calls; store has one
inline constexpr const char* kDate = "2025-12-24";

}  // namespace cfp::crash
