#include "wal/segment_reader.h"

#include <gtest/gtest.h>

#include "support/made_record.h"

namespace cfp::wal {
namespace {

using Step = SegmentReader::Step;

std::string line(std::uint64_t sequence) {
  std::string out;
  const model::Record record = support::numbered(support::made_record("k", "c", "i"), sequence);
  append_line(out, encode_line_start(record), record, "2025-01-01T00:00:00+00:00", {});
  return out;
}

std::string header() {
  std::string out;
  append_header(out, {1, "id", 1, 0, 1}, {});
  return out;
}

TEST(SegmentReader, ReadsLineAfterLineWithTheirPlaces) {
  const std::string first = line(1), second = line(22);
  SegmentReader reader(first + second);
  ASSERT_EQ(reader.next(), Step::line);
  EXPECT_EQ(reader.line().record.sequence(), 1U);
  EXPECT_EQ(reader.begin_offset(), 0U);
  EXPECT_EQ(reader.end_offset(), first.size());
  ASSERT_EQ(reader.next(), Step::line);
  EXPECT_EQ(reader.line().record.sequence(), 22U);
  EXPECT_EQ(reader.begin_offset(), first.size());
  EXPECT_EQ(reader.end_offset(), first.size() + second.size());
  EXPECT_EQ(reader.next(), Step::end);
  EXPECT_EQ(reader.next(), Step::end);
}

TEST(SegmentReader, TakesZeroBytesForTheEnd) {
  SegmentReader reader(line(1) + std::string(5000, '\0'));
  EXPECT_EQ(reader.next(), Step::line);
  EXPECT_EQ(reader.next(), Step::end);
  EXPECT_EQ(reader.text_size(), line(1).size());
  EXPECT_EQ(SegmentReader(std::string(10, '\0')).next(), Step::end);
  EXPECT_EQ(SegmentReader("").next(), Step::end);
}

TEST(SegmentReader, TakesALineWithoutItsNewlineForTorn) {
  std::string bytes = line(1) + line(2);
  bytes.pop_back();
  SegmentReader reader(bytes + std::string(100, '\0'));
  EXPECT_EQ(reader.next(), Step::line);
  EXPECT_EQ(reader.next(), Step::bad);
  EXPECT_EQ(reader.begin_offset(), line(1).size());
  EXPECT_EQ(reader.end_offset(), bytes.size());
  EXPECT_EQ(reader.next(), Step::end);
}

TEST(SegmentReader, GoesOnBehindABadLine) {
  const std::string hole(300, '\0');
  for (const std::string& bad :
       {std::string("garbage\n"), std::string("\n"), hole + "rest of a line\n", line(9).substr(3)}) {
    SegmentReader reader(line(1) + bad + line(2));
    EXPECT_EQ(reader.next(), Step::line);
    EXPECT_EQ(reader.next(), Step::bad);
    EXPECT_EQ(reader.end_offset(), line(1).size() + bad.size());
    ASSERT_EQ(reader.next(), Step::line);
    EXPECT_EQ(reader.line().record.sequence(), 2U);
  }
}

class OneFile final : public os::File {
 public:
  explicit OneFile(std::string bytes) : bytes_(std::move(bytes)) {}
  void write(std::uint64_t, std::string_view) override {}
  std::string read(std::uint64_t offset, std::uint64_t size, std::string) override {
    return bytes_.substr(offset, size);
  }
  void sync() override {}
  void drop_pages() noexcept override {}
  void write_back(std::uint64_t, std::uint64_t) override {}
  void truncate(std::uint64_t) override {}
  void allocate(std::uint64_t) override {}
  std::uint64_t size() override { return bytes_.size(); }
  std::chrono::sys_time<std::chrono::microseconds> modified_at() override { return {}; }

 private:
  std::string bytes_;
};

TEST(SegmentReader, FindsTheHeaderOnlyWhereItBelongs) {
  OneFile good(header() + line(1));
  const auto found = read_header(good);
  ASSERT_TRUE(found && found->header);
  EXPECT_EQ(found->header->store_id, "id");
  OneFile late(line(1) + header());
  EXPECT_FALSE(read_header(late));
  OneFile torn(header().substr(0, header().size() - 1));
  EXPECT_FALSE(read_header(torn));
  OneFile empty("");
  EXPECT_FALSE(read_header(empty));
  EXPECT_EQ(read_all(good), header() + line(1));
}

}  // namespace
}  // namespace cfp::wal
