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

constexpr std::string_view kCrcField = ",\"crc\":\"";
constexpr std::size_t kHexDigits = 8;
constexpr std::size_t kCrcTail = kCrcField.size() + kHexDigits + 2;  // closing quote and brace

void append_hex(std::string& out, std::uint32_t value) {
  static constexpr std::string_view digits = "0123456789abcdef";
  for (int shift = 28; shift >= 0; shift -= 4) out += digits[(value >> shift) & 0xF];
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

void append_value(std::string& out, const model::ValueView& value) {
  struct Writer {
    std::string& out;
    void operator()(std::monostate) const { out += "null"; }
    void operator()(bool b) const { out += b ? "true" : "false"; }
    void operator()(std::int64_t i) const { json::append_integer(out, i); }
    void operator()(double d) const {
      if (std::isfinite(d)) return json::append_real(out, d);
      // JSON has no such numbers: text, and a field that says it is a float.
      out += std::isnan(d) ? "\"NaN\"" : d > 0 ? "\"Infinity\"" : "\"-Infinity\"";
      out += ",\"value_type\":\"float\"";
    }
    void operator()(std::string_view s) const { json::append_string(out, s); }
  };
  std::visit(Writer{out}, value);
}

std::uint32_t close_line(std::string& out, std::size_t begin, const Chain& chain) {
  out.append(",\"synced\":");
  json::append_unsigned(out, chain.synced);
  out.append(",\"prev\":\"");
  append_hex(out, chain.previous_crc);
  out += '"';
  const std::uint32_t crc = base::crc32c(std::string_view(out).substr(begin));
  out += kCrcField;
  append_hex(out, crc);
  out += "\"}\n";
  return crc;
}

}  // namespace

std::string encode_line_start(const model::Record& record) {
  std::string out;
  const model::ItemState& state = *record.state;
  out.reserve(record.key().size() + record.collection_name().size() + state.item_name().size() + state.data().size() +
              192);
  out.append("{\"key\":");
  json::append_string(out, record.key());
  out.append(",\"collection_name\":");
  json::append_string(out, record.collection_name());
  out.append(",\"item_name\":");
  json::append_string(out, state.item_name());
  out.append(",\"data\":");
  out += state.data();
  out.append(",\"value\":");
  append_value(out, state.value());
  out.append(",\"username\":");
  if (record.projection.username) {
    json::append_string(out, *record.projection.username);
  } else {
    out += "null";
  }
  out.append(",\"timestamp\":");
  if (const auto timestamp = state.timestamp()) {
    out += '"';
    base::append_timestamp(out, *timestamp);
    out += '"';
  } else {
    out += "null";
  }
  return out;
}

std::uint32_t append_line(std::string& out, std::string_view line_start, const model::Record& record,
                          std::string_view updated_at, const Chain& chain) {
  const std::size_t begin = out.size();
  out += line_start;
  out.append(",\"sequence\":");
  json::append_unsigned(out, record.state->sequence);
  out.append(record.state->operation() == model::Operation::store ? ",\"operation\":\"store\""
                                                                  : ",\"operation\":\"delete\"");
  out.append(",\"updated_at\":\"");
  out += updated_at;
  out += '"';
  if (record.batch.first != 0) {
    out.append(",\"batch\":");
    json::append_unsigned(out, record.batch.first);
    if (record.batch.count != 0) {
      out.append(",\"batch_count\":");
      json::append_unsigned(out, record.batch.count);
    }
  }
  if (record.reason) {
    out.append(",\"reason\":");
    json::append_string(out, *record.reason);
  }
  if (record.request_id) {
    out.append(",\"request_id\":");
    json::append_string(out, *record.request_id);
  }
  return close_line(out, begin, chain);
}

std::uint32_t append_line_again(std::string& out, std::string_view record_text, const Chain& chain) {
  const std::size_t begin = out.size();
  out += record_text;
  return close_line(out, begin, chain);
}

std::uint32_t append_header(std::string& out, const SegmentHeader& header, const Chain& chain) {
  const std::size_t begin = out.size();
  out.append("{\"format\":");
  json::append_integer(out, header.format);
  out.append(",\"store_id\":");
  json::append_string(out, header.store_id);
  out.append(",\"segment\":");
  json::append_unsigned(out, header.segment);
  out.append(",\"after\":");
  json::append_unsigned(out, header.after);
  out.append(",\"first\":");
  json::append_unsigned(out, header.first);
  return close_line(out, begin, chain);
}

bool has_valid_crc(std::string_view text) noexcept {
  if (text.size() <= kCrcTail || !text.ends_with("\"}")) return false;
  const std::string_view tail = text.substr(text.size() - kCrcTail);
  if (!tail.starts_with(kCrcField)) return false;
  const auto crc = parse_hex(tail.substr(kCrcField.size(), kHexDigits));
  return crc && *crc == base::crc32c(text.substr(0, text.size() - kCrcTail));
}

}  // namespace cfp::wal
