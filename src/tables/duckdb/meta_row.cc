#include "tables/duckdb/meta_row.h"

#include <algorithm>

#include "base/mutant.h"
#include "cfp/error.h"
#include "tables/duckdb/errors.h"

namespace cfp::tables::duckdb {

namespace {

/// "format = 1, store_id = '...', ..." for SET, or joined by " AND " for WHERE.
std::string assignments(const MetaRow& row, TableKind kind, std::string_view separator) {
  const auto number = [](std::uint64_t n) { return std::to_string(n); };
  std::string out = "format = " + std::to_string(row.meta.format);
  const auto add = [&](const char* column, const std::string& value) {
    out.append(separator).append(column).append(" = ").append(value);
  };
  add("store_id", sql_text(row.meta.store_id));
  add("watermark", number(row.meta.watermark));
  add("rows", number(row.meta.rows));
  add("min_seq", number(row.meta.min_sequence));
  add("max_seq", number(row.meta.max_sequence));
  add("xor_seq", number(row.meta.xor_sequence));
  if (kind == TableKind::latest) add("tail_rows", number(row.tail_rows));
  return out;
}

}  // namespace

void create_meta(const Connection& connection, std::string_view schema, TableKind kind, const MetaRow& row) {
  const std::string table = std::string(schema) + "cfp_meta";
  connection.run("CREATE TABLE " + table +
                 " (format INTEGER NOT NULL, store_id VARCHAR NOT NULL, watermark UBIGINT NOT NULL, rows UBIGINT NOT "
                 "NULL, min_seq UBIGINT NOT NULL, max_seq UBIGINT NOT NULL, xor_seq UBIGINT NOT NULL" +
                 (kind == TableKind::latest ? ", tail_rows UBIGINT NOT NULL)" : ")"));
  const Meta& m = row.meta;
  std::string values = std::to_string(m.format) + ", " + sql_text(m.store_id);
  for (const std::uint64_t n : {m.watermark, m.rows, m.min_sequence, m.max_sequence, m.xor_sequence}) {
    values += ", " + std::to_string(n);
  }
  if (kind == TableKind::latest) values += ", " + std::to_string(row.tail_rows);
  connection.run("INSERT INTO " + table + " VALUES (" + values + ")");
}

MetaRow read_meta(const Connection& connection, TableKind kind, std::string_view file_name) {
  Result formats = connection.run("SELECT count(*)::BIGINT, max(format)::BIGINT FROM cfp_meta");
  const Chunk head = formats.next();
  if (head.column(0).at<std::int64_t>(0) != 1) throw damage_error(file_name, "cfp_meta has not exactly one row");
  if (head.column(1).at<std::int64_t>(0) > kFormat) {
    throw CollectionFastPersistError(
        ErrorCode::newer_version, std::string(file_name) + " was written by a newer version of this library; use that");
  }
  Result result =
      connection.run(std::string("SELECT store_id, watermark, rows, min_seq, max_seq, xor_seq, format::INTEGER, ") +
                     (kind == TableKind::latest ? "tail_rows" : "0::UBIGINT") + " FROM cfp_meta");
  const Chunk row = result.next();
  MetaRow out;
  out.meta.store_id = row.column(0).text(0);
  out.meta.watermark = row.column(1).at<std::uint64_t>(0);
  out.meta.rows = row.column(2).at<std::uint64_t>(0);
  out.meta.min_sequence = row.column(3).at<std::uint64_t>(0);
  out.meta.max_sequence = row.column(4).at<std::uint64_t>(0);
  out.meta.xor_sequence = row.column(5).at<std::uint64_t>(0);
  out.meta.format = row.column(6).at<std::int32_t>(0);
  out.tail_rows = row.column(7).at<std::uint64_t>(0);
  return out;
}

void change_meta(const Connection& connection, TableKind kind, const MetaRow& from, const MetaRow& to) {
  const std::string set = "UPDATE cfp_meta SET " + assignments(to, kind, ", ");
  if (CFP_MUTANT("set_instead_of_compare_and_set")) return static_cast<void>(connection.run(set));
  Result result = connection.run(set + " WHERE " + assignments(from, kind, " AND "));
  if (result.rows_changed() != 1) {
    throw CollectionFastPersistError(ErrorCode::corrupt,
                                     "cfp_meta is not what this store wrote last: something else has written to the "
                                     "file; nothing was changed, open the store again");
  }
}

Meta count_rows(const Connection& connection, const std::string& table) {
  Result result = connection.run(
      "SELECT count(*)::UBIGINT, coalesce(min(cfp_seq), 0)::UBIGINT, coalesce(max(cfp_seq), 0)::UBIGINT, "
      "coalesce(bit_xor(cfp_seq), 0)::UBIGINT FROM " +
      table);
  const Chunk row = result.next();
  Meta out;
  out.rows = row.column(0).at<std::uint64_t>(0);
  out.min_sequence = row.column(1).at<std::uint64_t>(0);
  out.max_sequence = row.column(2).at<std::uint64_t>(0);
  out.xor_sequence = row.column(3).at<std::uint64_t>(0);
  return out;
}

bool same_counts(const Meta& counted, const Meta& meta) noexcept {
  return counted.rows == meta.rows && counted.min_sequence == meta.min_sequence &&
         counted.max_sequence == meta.max_sequence && counted.xor_sequence == meta.xor_sequence;
}

void add_row(Meta& meta, std::uint64_t sequence) noexcept {
  meta.min_sequence = meta.rows == 0 ? sequence : std::min(meta.min_sequence, sequence);
  meta.max_sequence = std::max(meta.max_sequence, sequence);
  meta.xor_sequence ^= sequence;
  ++meta.rows;
}

}  // namespace cfp::tables::duckdb
