#pragma once

// What passes between the tables and the rest of the house.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "model/record.h"

namespace cfp::tables {

/// The one row of cfp_meta: what the table beside it must hold. Changed by compare-and-set on all of it, in the
/// transaction that changes rows.
struct Meta {
  int format = 1;
  std::string store_id;         ///< 32 hexadecimal digits.
  std::uint64_t watermark = 0;  ///< Applied through this sequence.
  std::uint64_t rows = 0;
  std::uint64_t min_sequence = 0;  ///< Of cfp_seq; 0 when there are no rows.
  std::uint64_t max_sequence = 0;
  std::uint64_t xor_sequence = 0;
  friend bool operator==(const Meta&, const Meta&) = default;
};

/// A record with its place in the item's versions.
struct VersionedRecord {
  const model::Record* record = nullptr;
  std::uint32_t version = 0;
  std::uint64_t previous_sequence = 0;  ///< 0: none.
};

/// A record that owns itself: what reading history gives.
struct HistoryRecord {
  model::Record record;
  std::uint32_t version = 0;
  std::uint64_t previous_sequence = 0;
};

/// The net change of one item between two watermarks of latest: its last record in between.
struct ItemChange {
  VersionedRecord last;                    ///< A store, or an erase.
  std::uint64_t first_store_sequence = 0;  ///< First store in between, since the last erase in between if any; 0: none.
  bool erased_in_between = false;          ///< Then the item's place in the order of its collection starts anew.
};

/// A request, and the last record that answered it.
struct AnsweredRequest {
  std::string id;
  std::uint64_t sequence = 0;
  std::int64_t updated_at_us = 0;
};

struct ItemName {
  std::string_view key;
  std::string_view collection_name;
  std::string_view item_name;
  std::uint64_t key_hash = 0;
  std::uint64_t item_hash = 0;
};

/// The last record of an item that is there.
struct LiveRow {
  std::uint64_t sequence = 0;
  std::uint64_t bytes = 0;  ///< Of its texts.
};

/// All of them as of one moment, in order of sequence.
struct LiveRows {
  std::uint64_t watermark = 0;
  std::vector<LiveRow> rows;
};

/// Takes a file's bytes, a piece at a time.
using ByteSink = std::function<void(std::string_view)>;

/// How much of a closed file is read.
enum class Look {
  at_meta,             ///< What it says of itself.
  at_all,              ///< Every column of every row, compared with that.
  at_all_without_log,  ///< The same of its last checkpoint, as if the database's own log beside it were not there.
};

}  // namespace cfp::tables
