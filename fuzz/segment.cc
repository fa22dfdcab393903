// The bytes of a segment: each is in exactly one step of the reader, in their order, and behind the end is nothing.

#include <algorithm>
#include <string>

#include "sealed_line.h"
#include "target.h"
#include "wal/segment_reader.h"

namespace cfp::fuzz {
namespace {

using Step = wal::SegmentReader::Step;

/// Every line gets a CRC that fits.
std::string with_good_lines(std::string_view bytes) {
  std::string all;
  while (!bytes.empty()) {
    const std::size_t newline = std::min(bytes.find('\n'), bytes.size());
    all += sealed_line(bytes.substr(0, newline)) + "\n";
    bytes.remove_prefix(std::min(newline + 1, bytes.size()));
  }
  return all;
}

void check_bytes(const std::string& bytes) {
  wal::SegmentReader reader(bytes);
  wal::SegmentReader places(bytes, wal::Reading::place);
  expect(reader.bytes() == bytes && reader.text_size() <= bytes.size(), "the reader has the bytes", bytes);
  std::uint64_t at = 0;
  for (Step step = reader.next(); step != Step::end; step = reader.next()) {
    const Step place = places.next();
    expect(reader.begin_offset() == at && reader.end_offset() > at, "a step begins where the last one ended", bytes);
    expect(reader.end_offset() <= reader.text_size(), "no step goes beyond the text", bytes);
    expect(places.end_offset() == reader.end_offset(), "a place is where its line is", bytes);
    at = reader.end_offset();
    if (step != Step::line) continue;
    expect(place == Step::line, "the place is read of any line", bytes);
    expect(bytes[at - 1] == '\n', "a line without its newline is torn", bytes);
    expect(wal::has_valid_crc(std::string_view(bytes).substr(reader.begin_offset(), at - 1 - reader.begin_offset())),
           "a line has a CRC that fits", bytes);
  }
  expect(at == reader.text_size() && places.next() == Step::end, "the end is where the text ends", bytes);
  expect(bytes.find_first_not_of('\0', at) == std::string::npos, "nothing but zero bytes is behind the end", bytes);
  expect(reader.next() == Step::end, "the end stays the end", bytes);
}

}  // namespace

CFP_FUZZ_TARGET(segment) {
  check_bytes(std::string(input));
  check_bytes(with_good_lines(input));
}

}  // namespace cfp::fuzz
