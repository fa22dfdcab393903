#include "wal/read_ahead.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "os/thread_background.h"
#include "support/made_record.h"
#include "support/stepped_background.h"

namespace cfp::wal {
namespace {

std::string line(std::uint64_t sequence, Chain& chain) {
  std::string text;
  const model::Record record = support::numbered(support::made_record("key", "collection", "item"), sequence);
  chain.previous_crc = append_line(text, encode_line_start(record), record, "2025-01-15T10:30:00+00:00", chain);
  return text;
}

/// Some megabytes of lines, one in a hundred of them damaged, and zero bytes behind them.
std::string made_segment(std::uint64_t lines) {
  std::string bytes;
  Chain chain;
  for (std::uint64_t i = 1; i <= lines; ++i) {
    std::string text = line(i, chain);
    if (i % 100 == 7) text[text.size() / 2] ^= 1;
    bytes += text;
  }
  return bytes + std::string(4096, '\0');
}

struct Seen {
  SegmentReader::Step step;
  std::uint64_t begin, end, sequence;
  friend bool operator==(const Seen&, const Seen&) = default;
};

template <class Reader>
std::vector<Seen> walk(Reader& reader) {
  std::vector<Seen> seen;
  for (auto step = SegmentReader::Step::line; step != SegmentReader::Step::end;) {
    step = reader.next();
    const bool is_line = step == SegmentReader::Step::line;
    seen.push_back({step, reader.begin_offset(), reader.end_offset(), is_line ? reader.line().record.sequence() : 0});
  }
  return seen;
}

class ReadAheadTest : public testing::Test {
 protected:
  const std::string bytes = made_segment(8000);
  std::vector<Seen> expected() const {
    SegmentReader plain(bytes);
    return walk(plain);
  }
};

TEST_F(ReadAheadTest, GivesWhatASegmentReaderGives) {
  const auto background = os::make_thread_background();
  for (int round = 0; round < 20; ++round) {
    ReadAhead ahead(bytes, background.get());
    ASSERT_EQ(walk(ahead), expected());
    EXPECT_EQ(ahead.next(), SegmentReader::Step::end) << "the end stays the end";
    EXPECT_EQ(ahead.bytes(), bytes);
  }
}

TEST_F(ReadAheadTest, NeedsNoTaskToRun) {
  ReadAhead alone(bytes, nullptr);
  EXPECT_EQ(walk(alone), expected());
  support::SteppedBackground never_steps;
  ReadAhead waiting(bytes, &never_steps);
  EXPECT_EQ(walk(waiting), expected());
}

TEST_F(ReadAheadTest, MayBeLeftInTheMiddle) {
  const auto background = os::make_thread_background();
  for (int lines = 0; lines < 600; lines += 50) {
    ReadAhead ahead(bytes, background.get());
    for (int i = 0; i < lines; ++i) ASSERT_NE(ahead.next(), SegmentReader::Step::end);
  }
}

TEST_F(ReadAheadTest, LinesMayBeLongerThanWhatIsParsedAtOnce) {
  std::string lines;
  Chain chain;
  for (std::uint64_t i = 1; i <= 12; ++i) {
    const std::size_t size = i % 3 == 0 ? 700'000 : 10;
    const auto data = "{\"long\":\"" + std::string(size, 'x') + "\"}";
    const model::Record record = support::numbered(support::made_record("key", "collection", "item", {}, data), i);
    chain.previous_crc = append_line(lines, encode_line_start(record), record, "2025-01-15T10:30:00+00:00", chain);
  }
  const auto background = os::make_thread_background();
  for (const std::string& whole : {lines, lines.substr(0, lines.size() - 1)}) {
    SegmentReader plain(whole);
    ReadAhead ahead(whole, background.get());
    EXPECT_EQ(walk(ahead), walk(plain));
  }
}

TEST_F(ReadAheadTest, OfNothingIsAtItsEnd) {
  ReadAhead empty("", nullptr);
  EXPECT_EQ(empty.next(), SegmentReader::Step::end);
  EXPECT_EQ(empty.end_offset(), 0U);
}

}  // namespace
}  // namespace cfp::wal
