#include "recovery/reference_records.h"

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "cfp/error.h"
#include "model/encoder.h"
#include "wal/segment_reader.h"

namespace cfp::recovery {
namespace {

/// Text that our rules refuse (NaN, a lone surrogate, an integer above 64 bits) is kept whole, as a text.
std::string wrapped(std::string_view data) {
  std::string text;
  for (const char c : data) text += static_cast<unsigned char>(c) < 0x80 ? c : '?';
  base::TextBuffer out;
  out.append("{\"unreadable_data\":");
  json::append_string(out, json::is_utf8(data) ? data : std::string_view(text));
  out.append('}');
  return std::string(out.view());
}

/// The record as our own store would have made it; nullopt when it has a name that no store of ours can hold.
std::optional<model::Record> canonical(const model::Record& record, const Report& report) {
  static const model::Schema no_extra_columns;
  const model::ItemState& state = *record.state;
  const Timestamp accepted(Timestamp::Micros(std::chrono::microseconds(state.updated_at_us)));
  std::optional<std::string_view> username;
  if (record.projection.username) username = *record.projection.username;
  const auto encode = [&](std::string_view data, const Value& value) {
    return model::encode(
        {record.key(), record.collection_name(), state.item_name(), data, value, state.timestamp(), username},
        {no_extra_columns, true}, accepted);
  };
  const Value value = model::copy_of(state.value());
  model::Record made;
  try {
    made = encode(state.data(), value);
  } catch (const CollectionFastPersistError& unfit) {
    try {
      made = encode(wrapped(state.data()), value);
    } catch (const CollectionFastPersistError& error) {
      // One such record must not keep all others out.
      report(LogLevel::error,
             std::string("A record is not imported; it stays in the files that move aside: ") + error.what());
      return std::nullopt;
    }
    report(LogLevel::warning, std::string("An imported record is kept as text: ") + unfit.what());
  }
  made.state->updated_at_us = state.updated_at_us;
  return made;
}

model::ValueView without_bool(const model::ValueView& value) {
  const bool* flag = std::get_if<bool>(&value);
  return flag == nullptr ? value : model::ValueView(static_cast<std::int64_t>(*flag));
}

/// Whether a line of the log and a row of history are the same store. A bool became a number on its way to the table.
bool same_store(const model::Record& line, const model::Record& row) {
  const bool was_bool = std::holds_alternative<bool>(line.state->value());
  return line.key() == row.key() && line.collection_name() == row.collection_name() &&
         line.state->item_name() == row.state->item_name() && line.state->timestamp() == row.state->timestamp() &&
         without_bool(line.state->value()) == row.state->value() &&
         (was_bool || line.state->data() == row.state->data());
}

std::vector<model::Record> read_log(const LogInventory& inventory, const Report& report) {
  std::vector<model::Record> records;
  for (const SegmentFile& segment : inventory.reference) {
    const auto file = segment.directory->open(segment.name, os::OpenMode::read);
    const std::string bytes = wal::read_all(*file);
    std::size_t damaged = 0;
    for (std::size_t begin = 0; begin < bytes.size();) {
      const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
      const std::string_view text = std::string_view(bytes).substr(begin, end - begin);
      begin = end + 1;
      if (text.empty()) continue;
      if (auto record = wal::parse_reference_line(text)) {
        records.push_back(std::move(*record));
      } else {
        ++damaged;  // one bad line costs no other
      }
    }
    if (damaged > 0) {
      report(LogLevel::warning, std::to_string(damaged) + " lines of " + segment.path() +
                                    " cannot be read; they stay in the file, which is kept");
    }
  }
  return records;
}

/// A crash between commit and clean-up left lines that history has already: then the log begins with what history ends
/// with. The longest such overlap counts.
std::size_t overlap(const std::vector<model::Record>& history, const std::vector<model::Record>& log) {
  for (std::size_t length = std::min(history.size(), log.size()); length > 0; --length) {
    const auto tail = history.end() - static_cast<std::ptrdiff_t>(length);
    if (std::equal(tail, history.end(), log.begin(),
                   [](const model::Record& row, const model::Record& line) { return same_store(line, row); })) {
      return length;
    }
  }
  return 0;
}

}  // namespace

std::vector<model::Record> read_reference_records(tables::TableStore& tables, const LogInventory& inventory,
                                                  const Report& report) {
  std::vector<model::Record> records;
  if (tables.is_reference_history()) {
    tables.read_reference_history([&](model::Record&& row) {
      if (auto made = canonical(row, report)) records.push_back(std::move(*made));
    });
  }
  std::vector<model::Record> log;
  std::int64_t accepted_us = records.empty() ? 0 : records.back().state->updated_at_us;
  for (model::Record& line : read_log(inventory, report)) {
    // The reference writes it for every line; it is as near as one can get.
    if (const auto timestamp = line.state->timestamp()) {
      accepted_us = std::max(accepted_us, timestamp->utc().time_since_epoch().count());
    }
    line.state->updated_at_us = accepted_us;
    if (auto made = canonical(line, report)) log.push_back(std::move(*made));
  }
  const std::size_t known = overlap(records, log);
  records.insert(records.end(), std::make_move_iterator(log.begin() + static_cast<std::ptrdiff_t>(known)),
                 std::make_move_iterator(log.end()));
  std::int64_t latest_us = 0;  // updated_at never decreases
  for (model::Record& record : records) {
    latest_us = std::max(latest_us, record.state->updated_at_us);
    record.state->updated_at_us = latest_us;
  }
  return records;
}

}  // namespace cfp::recovery
