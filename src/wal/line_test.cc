#include "wal/line.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>

#include "base/iso8601.h"
#include "support/made_record.h"
#include "support/property.h"
#include "support/random_document.h"

namespace cfp::wal {
namespace {

using support::made_record;
using support::numbered;

std::string text_of_time(std::int64_t micros) {
  std::string text;
  base::append_timestamp(text, Timestamp(Timestamp::Micros(std::chrono::microseconds(micros))));
  return text;
}

/// Without its newline.
std::string line_of(const model::Record& record, const Chain& chain = {}) {
  std::string out;
  append_line(out, encode_line_start(record), record, text_of_time(record.state->updated_at_us), chain);
  EXPECT_EQ(out.find('\n'), out.size() - 1);
  out.pop_back();
  return out;
}

bool same_value(const model::ValueView& a, const model::ValueView& b) {
  const double* x = std::get_if<double>(&a);
  const double* y = std::get_if<double>(&b);
  if (x != nullptr && y != nullptr && std::isnan(*x)) return std::isnan(*y);
  return a == b && (x == nullptr || std::signbit(*x) == std::signbit(*y));
}

bool same_record(const model::Record& a, const model::Record& b) {
  const model::ItemState& x = *a.state;
  const model::ItemState& y = *b.state;
  return a.key() == b.key() && a.collection_name() == b.collection_name() && x.item_name() == y.item_name() &&
         x.data() == y.data() && same_value(x.value(), y.value()) && x.timestamp() == y.timestamp() &&
         x.sequence == y.sequence && x.updated_at_us == y.updated_at_us && x.operation() == y.operation() &&
         a.projection.username == b.projection.username && a.batch.first == b.batch.first &&
         a.batch.count == b.batch.count && a.reason == b.reason && a.request_id == b.request_id &&
         a.key_hash == b.key_hash && a.collection_hash == b.collection_hash && a.item_hash == b.item_hash;
}

TEST(Line, KeepsEveryKindOfValue) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Value values[] = {{},
                          true,
                          false,
                          std::int64_t{0},
                          std::numeric_limits<std::int64_t>::min(),
                          std::numeric_limits<std::int64_t>::max(),
                          0.0,
                          -0.0,
                          1.0,
                          1e300,
                          5e-324,
                          0.1,
                          infinity,
                          -infinity,
                          std::numeric_limits<double>::quiet_NaN(),
                          std::string(),
                          std::string("NaN"),
                          std::string("Infinity"),
                          std::string("true"),
                          std::string("1"),
                          std::string("a\"b\\c\n\t\x01 \xF0\x9F\x98\x80")};
  for (const Value& value : values) {
    const model::Record record = numbered(made_record("key", "collection", "item", value), 7);
    const auto line = parse_line(line_of(record));
    ASSERT_TRUE(line) << line_of(record);
    EXPECT_TRUE(same_record(line->record, record)) << line_of(record);
  }
}

TEST(Line, KeepsTheMembershipInABatchTheReasonAndTheRequestId) {
  model::Record record = numbered(support::made_erase("key", "", ""), 12);
  record.batch = {10, 3};
  record.reason = "it is\nover";
  record.request_id = "";
  const auto line = parse_line(line_of(record, {9, 0xDEADBEEF}));
  ASSERT_TRUE(line);
  EXPECT_TRUE(same_record(line->record, record));
  EXPECT_EQ(line->chain.synced, 9U);
  EXPECT_EQ(line->chain.previous_crc, 0xDEADBEEFU);
  record.batch.count = 0;
  EXPECT_TRUE(same_record(parse_line(line_of(record))->record, record));
}

TEST(Line, ReadForItsPlaceKeepsWhereItStands) {
  model::Record record = numbered(made_record("key", "collection", "item", 5), 12);
  record.batch = {10, 3};
  const std::string text = line_of(record, {9, 0xDEADBEEF});
  const auto whole = parse_line(text);
  const auto place = parse_line(text, Reading::place);
  ASSERT_TRUE(whole && place);
  EXPECT_EQ(place->record.sequence(), 12U);
  EXPECT_EQ(place->record.state->updated_at_us, record.state->updated_at_us);
  EXPECT_EQ(place->record.batch.first, 10U);
  EXPECT_EQ(place->record.batch.count, 3U);
  EXPECT_EQ(place->chain.synced, 9U);
  EXPECT_EQ(place->chain.previous_crc, 0xDEADBEEFU);
  EXPECT_EQ(place->crc, whole->crc);
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(parse_line(damaged, Reading::place)) << at;
  }
}

TEST(Line, KeepsTheOffsetOfATimestamp) {
  model::Record record = numbered(made_record("k", "c", "i"), 1);
  support::remake(record, [](auto& state) { state.timestamp = Timestamp("2025-12-24T10:30:00.000123+05:30"); });
  const auto line = parse_line(line_of(record));
  ASSERT_TRUE(line);
  EXPECT_EQ(line->record.state->timestamp(), record.state->timestamp());
}

TEST(Line, KeepsAHeader) {
  std::string out;
  const std::uint32_t crc = append_header(out, {1, "ab\"cd", 17, 99, 105}, {99, 0x01020304});
  const auto line = parse_line(std::string_view(out).substr(0, out.size() - 1));
  ASSERT_TRUE(line && line->header);
  EXPECT_EQ(line->header->store_id, "ab\"cd");
  EXPECT_EQ(line->header->segment, 17U);
  EXPECT_EQ(line->header->after, 99U);
  EXPECT_EQ(line->header->first, 105U);
  EXPECT_EQ(line->chain.previous_crc, 0x01020304U);
  EXPECT_EQ(line->crc, crc);
}

rc::Gen<std::string> names() {
  return rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab\"\\/{}[]:, \n\t\x01\x7f.")));
}

TEST(Line, ReadsBackWhateverIsWritten) {
  EXPECT_TRUE(support::holds("a line reads back as the record it was made of", [] {
    std::string data = test::RandomDocument(*rc::gen::arbitrary<std::uint64_t>()).text;
    std::erase_if(data, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
    const auto number = *rc::gen::arbitrary<std::int64_t>();
    Value value = number % 2 == 0;
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        value = number;
        break;
      case 1:
        value = *rc::gen::arbitrary<double>();
        break;
      case 2:
        value = *names();
        break;
      default:
        break;
    }
    model::Record record = made_record(*names(), *names() + "\xC3\xA4", *names(), value, data);
    record.state->sequence = *rc::gen::arbitrary<std::uint64_t>();
    record.state->updated_at_us = *rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000'000);
    if (number % 3 == 0) record.projection.username = *names();
    if (number % 5 == 0) record.reason = *names();
    if (number % 7 == 0) record.request_id = *names();
    if (number % 2 == 0) record.batch = {*rc::gen::inRange<std::uint64_t>(1, 1000), *rc::gen::inRange(0U, 9U)};
    const Chain chain{*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint32_t>()};
    const auto line = parse_line(line_of(record, chain));
    RC_ASSERT(line.has_value());
    RC_ASSERT(same_record(line->record, record));
    RC_ASSERT(line->chain.synced == chain.synced && line->chain.previous_crc == chain.previous_crc);
  }));
}

TEST(Line, IsRefusedWithAnySingleBitFlipped) {
  model::Record record =
      numbered(made_record("user", "info", "age", 32.5, R"({"label":"Alter \u00e4","n":[1,2]})"), 4711);
  record.projection.username = "tester";
  const std::string good = line_of(record, {4710, 0xCAFE});
  ASSERT_TRUE(parse_line(good));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(parse_line(bad)) << "bit " << bit << ": " << bad;
  }
}

TEST(Line, IsRefusedWhenItIsCutAnywhere) {
  const std::string good = line_of(numbered(made_record("k", "c", "i", std::string("v")), 1));
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(parse_line(good.substr(0, size))) << size;
}

/// Closed with a CRC that fits, as somebody with an editor and too much time would.
std::string sealed(std::string fields) {
  model::Record record = numbered(made_record("k", "c", "i"), 1);
  std::string out;
  append_line(out, fields, record, "2025-01-01T00:00:00+00:00", {});
  out.pop_back();
  return out;
}

TEST(Line, IsRefusedWhenAFieldIsMissingOrOfAnotherType) {
  const std::string start = R"({"key":"k","collection_name":"c","item_name":"i","data":{},"value":1,"username":null,)";
  EXPECT_TRUE(parse_line(sealed(start + R"("timestamp":null)")));
  for (
      const char* bad : {
          R"({"collection_name":"c","item_name":"i","data":{},"value":1,"username":null,"timestamp":null)",
          R"({"key":1,"collection_name":"c","item_name":"i","data":{},"value":1,"username":null,"timestamp":null)",
          R"({"key":"k","collection_name":"c","item_name":"i","data":[],"value":1,"username":null,"timestamp":null)",
          R"({"key":"k","collection_name":"c","item_name":"i","data":{},"value":[],"username":null,"timestamp":null)",
          R"({"key":"k","collection_name":"c","item_name":"i","data":{},"value":1e999,"username":null,"timestamp":null)",
          R"({"key":"k","collection_name":"c","item_name":"i","data":{},"value":1,"username":2,"timestamp":null)",
          R"({"key":"k","collection_name":"c","item_name":"i","data":{},"value":1,"username":null,"timestamp":"soon")",
          R"({"key":"k\ud800","collection_name":"c","item_name":"i","data":{},"value":1,"username":null,"timestamp":null)",
          R"({"key":"k" "collection_name":"c")",
          "{",
          "",
      }) {
    EXPECT_FALSE(parse_line(sealed(bad))) << bad;
  }
}

/// A line of this text, which begins with its brace and ends before the chain.
std::string closed(std::string_view fields) {
  std::string out;
  append_line_again(out, fields, {});
  out.pop_back();
  return out;
}

TEST(Line, OfAFormatAboveAllIntegersIsNotTakenForAnOldOne) {
  const auto line = parse_line(closed(R"({"format":4294967297,"store_id":"s","segment":1,"after":0,"first":1)"));
  ASSERT_TRUE(line && line->header);
  EXPECT_GT(line->header->format, 1);
}

TEST(Line, IsRefusedWithABatchCountAboveItsRange) {
  const std::string record =
      R"({"key":"k","collection_name":"c","item_name":"i","data":{},"value":1,"username":null,"timestamp":null,)"
      R"("sequence":3,"operation":"store","updated_at":"2025-01-01T00:00:00+00:00","batch":1,"batch_count":)";
  EXPECT_TRUE(parse_line(closed(record + "4294967295")));
  EXPECT_FALSE(parse_line(closed(record + "4294967299")));
}

TEST(Line, IsRefusedWithAFieldThatIsThereTwice) {
  const std::string record =
      R"({"key":"k","collection_name":"c","item_name":"i","data":{},"value":1,"username":null,"timestamp":null,)"
      R"("sequence":3,"operation":"store","updated_at":"2025-01-01T00:00:00+00:00")";
  EXPECT_TRUE(parse_line(closed(record)));
  for (const char* const twin :
       {R"("sequence":4)", R"("updated_at":"2026-01-01T00:00:00+00:00")", R"("key":"other")"}) {
    EXPECT_FALSE(parse_line(closed(record + "," + twin))) << twin;
  }
}

TEST(ReferenceLine, IsReadAsThePythonImplementationWritesIt) {
  const auto record = parse_reference_line(
      R"({"key": "room", "collection_name": "seats", "item_name": "s1", "data": {"a": [1, null], "b": "\u00e4"}, )"
      R"("value": 102, "username": "jones", "timestamp": "2025-12-25T09:02:00+00:00"})");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->key(), "room");
  EXPECT_EQ(record->collection_name(), "seats");
  EXPECT_EQ(record->state->item_name(), "s1");
  EXPECT_EQ(record->state->data(), R"({"a": [1, null], "b": "\u00e4"})");
  EXPECT_EQ(record->state->value(), model::ValueView(std::int64_t{102}));
  EXPECT_EQ(record->projection.username, "jones");
  EXPECT_EQ(record->state->timestamp(), Timestamp("2025-12-25T09:02:00Z"));
  EXPECT_EQ(record->state->operation(), model::Operation::store);
}

TEST(ReferenceLine, KeepsTheNumbersThatPythonWritesAndJsonLacks) {
  const auto value_of = [](const std::string& text) {
    const auto record = parse_reference_line(
        R"({"key": "k", "collection_name": "c", "item_name": "i", "data": {"value": NaN, "username": 1}, "value": )" +
        text + R"(, "username": null, "timestamp": "2025-12-25T09:02:00+00:00"})");
    return record ? model::copy_of(record->state->value()) : Value();
  };
  EXPECT_TRUE(std::isnan(std::get<double>(value_of("NaN"))));
  EXPECT_EQ(value_of("Infinity"), Value(std::numeric_limits<double>::infinity()));
  EXPECT_EQ(value_of("-Infinity"), Value(-std::numeric_limits<double>::infinity()));
  EXPECT_EQ(value_of("3"), Value(std::int64_t{3}));
}

TEST(ReferenceLine, IsNoLineOfOursAndNoFragment) {
  const std::string ours = line_of(numbered(made_record("k", "c", "i"), 1));
  EXPECT_FALSE(parse_reference_line(ours));
  EXPECT_FALSE(parse_reference_line(""));
  EXPECT_FALSE(parse_reference_line(R"({"key": "k", "collection_name": "c", "item_name")"));
  EXPECT_FALSE(parse_reference_line(std::string(100, '\0')));
  EXPECT_FALSE(parse_reference_line("# notes"));
}

}  // namespace
}  // namespace cfp::wal
