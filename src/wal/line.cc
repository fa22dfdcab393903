#include "wal/line.h"

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/crc32c.h"
#include "base/iso8601.h"
#include "base/json.h"

namespace cfp::wal {
namespace {

constexpr std::size_t kRoomForTheRest = 192;  // names of fields, a number, a timestamp and a short username
constexpr std::string_view kCrcField = ",\"crc\":\"";
constexpr std::size_t kHexDigits = 8;
constexpr std::size_t kCrcTail = kCrcField.size() + kHexDigits + 2;  // closing quote and brace

void append_hex(base::TextBuffer& out, std::uint32_t value) {
  static constexpr std::string_view digits = "0123456789abcdef";
  char* to = out.room(kHexDigits);
  for (int shift = 28; shift >= 0; shift -= 4) *to++ = digits[(value >> shift) & 0xF];
  out.take_up_to(to);
}

std::optional<std::uint32_t> parse_hex(std::string_view text) {
  if (text.size() != kHexDigits) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return std::nullopt;
    value = (value << 4) | static_cast<std::uint32_t>(digit);
  }
  return value;
}

void append_value(base::TextBuffer& out, const model::ValueView& value) {
  struct Writer {
    base::TextBuffer& out;
    void operator()(std::monostate) const { out.append("null"); }
    void operator()(bool b) const { out.append(b ? "true" : "false"); }
    void operator()(std::int64_t i) const { json::append_integer(out, i); }
    void operator()(double d) const {
      if (std::isfinite(d)) return json::append_real(out, d);
      // JSON has no such numbers: text, and a field that says it is a float.
      out.append(std::isnan(d) ? "\"NaN\"" : d > 0 ? "\"Infinity\"" : "\"-Infinity\"");
      out.append(",\"value_type\":\"float\"");
    }
    void operator()(std::string_view s) const { json::append_string(out, s); }
  };
  std::visit(Writer{out}, value);
}

/// Appends a line of which `start` and `rest` are there to `out`, closed by chain and checksum.
std::uint32_t append_closed(std::string& out, std::string_view start, base::TextBuffer& rest, const Chain& chain) {
  rest.append(",\"synced\":");
  json::append_unsigned(rest, chain.synced);
  rest.append(",\"prev\":\"");
  append_hex(rest, chain.previous_crc);
  rest.append('"');
  const std::uint32_t crc = base::crc32c(rest.view(), base::crc32c(start));
  rest.append(kCrcField);
  append_hex(rest, crc);
  rest.append("\"}\n");
  out += start;
  out += rest.view();
  return crc;
}

}  // namespace

std::string encode_line_start(const model::Record& record) {
  base::TextBuffer out;
  const model::ItemState& state = *record.state;
  out.reserve(record.key().size() + record.collection_name().size() + state.item_name().size() + state.data().size() +
              kRoomForTheRest);
  out.append("{\"key\":");
  json::append_string(out, record.key());
  out.append(",\"collection_name\":");
  json::append_string(out, record.collection_name());
  out.append(",\"item_name\":");
  json::append_string(out, state.item_name());
  out.append(",\"data\":");
  out.append(state.data());
  out.append(",\"value\":");
  append_value(out, state.value());
  out.append(",\"username\":");
  if (record.projection.username) {
    json::append_string(out, *record.projection.username);
  } else {
    out.append("null");
  }
  out.append(",\"timestamp\":");
  if (const auto timestamp = state.timestamp()) {
    out.append('"');
    base::append_timestamp(out, *timestamp);
    out.append('"');
  } else {
    out.append("null");
  }
  return std::string(out.view());
}

std::uint32_t append_line(std::string& out, std::string_view line_start, const model::Record& record,
                          std::string_view updated_at, const Chain& chain) {
  base::TextBuffer rest;
  rest.append(",\"sequence\":");
  json::append_unsigned(rest, record.state->sequence);
  rest.append(record.state->operation() == model::Operation::store ? std::string_view(",\"operation\":\"store\"")
                                                                   : std::string_view(",\"operation\":\"delete\""));
  rest.append(",\"updated_at\":\"");
  rest.append(updated_at);
  rest.append('"');
  if (record.batch.first != 0) {
    rest.append(",\"batch\":");
    json::append_unsigned(rest, record.batch.first);
    if (record.batch.count != 0) {
      rest.append(",\"batch_count\":");
      json::append_unsigned(rest, record.batch.count);
    }
  }
  if (record.reason) {
    rest.append(",\"reason\":");
    json::append_string(rest, *record.reason);
  }
  if (record.request_id) {
    rest.append(",\"request_id\":");
    json::append_string(rest, *record.request_id);
  }
  return append_closed(out, line_start, rest, chain);
}

std::uint32_t append_line_again(std::string& out, std::string_view record_text, const Chain& chain) {
  base::TextBuffer rest;
  return append_closed(out, record_text, rest, chain);
}

std::uint32_t append_header(std::string& out, const SegmentHeader& header, const Chain& chain) {
  base::TextBuffer text;
  text.append("{\"format\":");
  json::append_integer(text, header.format);
  text.append(",\"store_id\":");
  json::append_string(text, header.store_id);
  text.append(",\"segment\":");
  json::append_unsigned(text, header.segment);
  text.append(",\"after\":");
  json::append_unsigned(text, header.after);
  text.append(",\"first\":");
  json::append_unsigned(text, header.first);
  return append_closed(out, {}, text, chain);
}

bool has_valid_crc(std::string_view text) noexcept {
  if (text.size() <= kCrcTail || !text.ends_with("\"}")) return false;
  const std::string_view tail = text.substr(text.size() - kCrcTail);
  if (!tail.starts_with(kCrcField)) return false;
  const auto crc = parse_hex(tail.substr(kCrcField.size(), kHexDigits));
  return crc && *crc == base::crc32c(text.substr(0, text.size() - kCrcTail));
}

}  // namespace cfp::wal
