// A line of the log, ours or the reference implementation's: what was read once can be written and read again, and is
// the same then.

#include "wal/line.h"

#include <string>

#include "base/iso8601.h"
#include "sealed_line.h"
#include "target.h"

namespace cfp::fuzz {
namespace {

/// Without its newline.
std::string written(const wal::Line& line) {
  std::string text;
  std::uint32_t crc = 0;
  if (line.header) {
    crc = wal::append_header(text, *line.header, line.chain);
  } else {
    std::string updated_at;
    base::append_timestamp(updated_at,
                           Timestamp(Timestamp::Micros(std::chrono::microseconds(line.record.state->updated_at_us))));
    crc = wal::append_line(text, wal::encode_line_start(line.record), line.record, updated_at, line.chain);
  }
  expect(text.ends_with('\n'), "a line ends in a newline", text);
  text.pop_back();
  expect(wal::parse_line(text).value_or(wal::Line()).crc == crc, "a line that is written is good", text);
  return text;
}

void expect_same(const model::Record& a, const model::Record& b, std::string_view text) {
  expect(
      a.key() == b.key() && a.collection_name() == b.collection_name() && a.state->item_name() == b.state->item_name(),
      "a line keeps the names", text);
  expect(a.state->data() == b.state->data() && a.state->value().index() == b.state->value().index(),
         "a line keeps the data", text);
  expect(a.sequence() == b.sequence() && a.state->operation() == b.state->operation(), "a line keeps the operation",
         text);
  expect(a.state->updated_at_us == b.state->updated_at_us && a.state->timestamp() == b.state->timestamp(),
         "a line keeps the times", text);
  expect(a.item_hash == b.item_hash && a.projection.username == b.projection.username, "a line keeps the user", text);
}

void check_line(std::string_view text) {
  const auto line = wal::parse_line(text);
  const auto place = wal::parse_line(text, wal::Reading::place);
  if (!line) return;
  expect(wal::has_valid_crc(text), "an accepted line has a CRC that fits", text);
  expect(place.has_value() && place->header.has_value() == line->header.has_value(), "the place is read of any line",
         text);
  if (!line->header) expect(place->record.sequence() == line->record.sequence(), "a line has one place", text);
  const std::string once = written(*line);
  const auto again = wal::parse_line(once);
  expect(again->header.has_value() == line->header.has_value(), "a line keeps its kind", once);
  expect(again->chain.synced == line->chain.synced && again->chain.previous_crc == line->chain.previous_crc,
         "a line keeps its chain", once);
  if (!line->header) expect_same(line->record, again->record, once);
  expect(written(*again) == once, "writing a line again gives the same bytes", once);
}

void check_reference_line(std::string_view text) {
  const auto record = wal::parse_reference_line(text);
  if (!record) return;
  const std::string start = wal::encode_line_start(*record);
  const auto again = wal::parse_reference_line(start + "}");
  expect(again.has_value(), "the start of a line of ours is one of the reference's", start);
  expect(wal::encode_line_start(*again) == start, "a line that moved in stays what it is", start);
}

}  // namespace

CFP_FUZZ_TARGET(line) {
  if (input.find('\n') != std::string_view::npos) return;  // that would be two lines
  check_line(input);
  check_line(sealed_line(input));
  check_reference_line(input);
}

}  // namespace cfp::fuzz
