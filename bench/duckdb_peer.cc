#include "duckdb_peer.h"

#include <duckdb.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "samples.h"

namespace cfp::bench {
namespace {

/// Fills one data chunk, cell by cell.
class ChunkWriter {
 public:
  explicit ChunkWriter(duckdb_appender appender) : appender_(appender) {
    std::vector<duckdb_logical_type> types(duckdb_appender_column_count(appender));
    for (idx_t i = 0; i < types.size(); ++i) types[i] = duckdb_appender_column_type(appender, i);
    chunk_ = duckdb_create_data_chunk(types.data(), types.size());
    for (duckdb_logical_type& type : types) duckdb_destroy_logical_type(&type);
  }
  ~ChunkWriter() { duckdb_destroy_data_chunk(&chunk_); }
  ChunkWriter(const ChunkWriter&) = delete;
  ChunkWriter& operator=(const ChunkWriter&) = delete;

  void text(std::string_view value) {
    duckdb_vector_assign_string_element_len(vector(), row_, value.data(), value.size());
    ++column_;
  }
  template <class Number>
  void number(Number value) {
    static_cast<Number*>(duckdb_vector_get_data(vector()))[row_] = value;
    ++column_;
  }
  void null() {
    duckdb_vector_ensure_validity_writable(vector());
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector()), row_);
    ++column_;
  }
  void end_row() {
    column_ = 0;
    if (++row_ == duckdb_vector_size()) hand_over();
  }
  void hand_over() {
    if (row_ == 0) return;
    duckdb_data_chunk_set_size(chunk_, row_);
    if (duckdb_append_data_chunk(appender_, chunk_) != DuckDBSuccess) throw std::runtime_error("cannot append");
    duckdb_data_chunk_reset(chunk_);
    row_ = 0;
  }

 private:
  duckdb_vector vector() { return duckdb_data_chunk_get_vector(chunk_, column_); }

  duckdb_appender appender_;
  duckdb_data_chunk chunk_ = nullptr;
  idx_t row_ = 0, column_ = 0;
};

/// The text that the store makes of data: with the time at the end.
std::string stored_text(const Item& item) {
  std::string text = item.data.text();
  text.pop_back();
  return text + R"(,"timestamp":"2025-06-30T12:00:00.000000+00:00"})";
}

void write_row(ChunkWriter& row, const Item& item, std::string_view data_text, std::uint64_t sequence) {
  constexpr std::int64_t kTime = 1'751'284'800'000'000;
  row.text(item.key);
  row.text(item.collection_name);
  row.text(item.item_name);
  row.text(data_text);
  const auto* integer = std::get_if<std::int64_t>(&item.value);
  const auto* real = std::get_if<double>(&item.value);
  const auto* text = std::get_if<std::string>(&item.value);
  integer != nullptr ? row.number(*integer) : row.null();
  real != nullptr ? row.number(*real) : row.null();
  text != nullptr ? row.text(*text) : row.null();
  row.number(kTime);
  row.text("valid");
  row.number<std::int32_t>(1);
  row.null();
  row.number(kTime);
  row.number<std::int32_t>(1);
  row.number(sequence);
  row.text("store");
  row.null();
  row.number(scramble(sequence));
  row.null();
  row.null();
  row.null();
  row.end_row();
}

/// The column cfp_item_hash, as docs/formats/tables.md has it: FNV-1a and MurmurHash3's finaliser, over all three
/// names.
std::uint64_t hash_of_names(std::span<const std::string_view> names) {
  std::uint64_t h = 14695981039346656037ULL;
  for (const std::string_view name : names) {
    for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    h = (h ^ (h >> 33U)) * 0xff51afd7ed558ccdULL;
    h = (h ^ (h >> 33U)) * 0xc4ceb9fe1a85ec53ULL;
    h ^= h >> 33U;
  }
  return h;
}

void hash_rows(duckdb_function_info, duckdb_data_chunk input, duckdb_vector output) {
  auto* const hashes = static_cast<std::uint64_t*>(duckdb_vector_get_data(output));
  std::array<duckdb_string_t*, 3> names;
  for (idx_t i = 0; i < names.size(); ++i) {
    names[i] = static_cast<duckdb_string_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, i)));
  }
  const idx_t rows = duckdb_data_chunk_get_size(input);
  for (idx_t row = 0; row < rows; ++row) {
    std::array<std::string_view, 3> texts;
    for (idx_t i = 0; i < names.size(); ++i) {
      texts[i] = {duckdb_string_t_data(names[i] + row), duckdb_string_t_length(names[i][row])};
    }
    hashes[row] = hash_of_names(texts);
  }
}

/// Makes it known to SQL as item_hash(key, collection_name, item_name).
void register_item_hash(duckdb_connection connection) {
  duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_logical_type number = duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT);
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, "item_hash");
  for (int i = 0; i < 3; ++i) duckdb_scalar_function_add_parameter(function, text);
  duckdb_scalar_function_set_return_type(function, number);
  duckdb_scalar_function_set_function(function, hash_rows);
  duckdb_register_scalar_function(connection, function);
  duckdb_destroy_scalar_function(&function);
  duckdb_destroy_logical_type(&text);
  duckdb_destroy_logical_type(&number);
}

}  // namespace

struct DuckDbPeer::Handles {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
};

DuckDbPeer::DuckDbPeer(const std::filesystem::path& file) : handles_(std::make_unique<Handles>()) {
  if (duckdb_open(file.c_str(), &handles_->database) != DuckDBSuccess ||
      duckdb_connect(handles_->database, &handles_->connection) != DuckDBSuccess) {
    throw std::runtime_error("cannot open " + file.string());
  }
  register_item_hash(handles_->connection);
  run("SET threads = 1; SET memory_limit = '512MiB'; SET checkpoint_threshold = '256MB'");
}

DuckDbPeer::~DuckDbPeer() {
  duckdb_disconnect(&handles_->connection);
  duckdb_close(&handles_->database);
}

void DuckDbPeer::run(const std::string& sql) {
  duckdb_result result;
  const duckdb_state state = duckdb_query(handles_->connection, sql.c_str(), &result);
  const std::string error = state == DuckDBSuccess ? "" : duckdb_result_error(&result);
  duckdb_destroy_result(&result);
  if (state != DuckDBSuccess) throw std::runtime_error(error);
}

void DuckDbPeer::create_history() {
  run("CREATE TABLE history (\"key\" VARCHAR NOT NULL, collection_name VARCHAR NOT NULL DEFAULT '', item_name VARCHAR "
      "NOT NULL DEFAULT '', \"data\" JSON, value_int BIGINT, value_float DOUBLE, value_string VARCHAR, \"timestamp\" "
      "TIMESTAMP, status VARCHAR, status_int INTEGER, username VARCHAR, updated_at TIMESTAMP, \"version\" INTEGER "
      "DEFAULT 1, cfp_seq UBIGINT, cfp_op VARCHAR, cfp_prev_seq UBIGINT, cfp_item_hash UBIGINT, cfp_batch UBIGINT, "
      "cfp_reason VARCHAR, cfp_request_id VARCHAR)");
}

double DuckDbPeer::append_seconds(std::span<const Item> items) {
  std::vector<std::string> texts;
  texts.reserve(items.size());
  for (const Item& item : items) texts.push_back(stored_text(item));
  return seconds_of([&] { append(items, texts); });
}

void DuckDbPeer::append(std::span<const Item> items, std::span<const std::string> texts) {
  run("BEGIN");
  duckdb_appender appender = nullptr;
  if (duckdb_appender_create(handles_->connection, nullptr, "history", &appender) != DuckDBSuccess) {
    throw std::runtime_error("no appender");
  }
  {
    ChunkWriter rows(appender);
    for (std::size_t i = 0; i < items.size(); ++i) write_row(rows, items[i], texts[i], ++sequence_);
    rows.hand_over();
  }
  if (duckdb_appender_destroy(&appender) != DuckDBSuccess) throw std::runtime_error("cannot append");
  run("COMMIT");
}

void write_history(const std::filesystem::path& history_file, std::uint64_t count) {
  constexpr std::uint64_t kStep = 500'000;
  DuckDbPeer history(history_file);
  history.run("SET memory_limit = '2GiB'");
  for (std::uint64_t begin = 0; begin < count; begin += kStep) {
    const std::uint64_t end = std::min(count, begin + kStep);
    history.run(
        "INSERT INTO storage_history BY NAME SELECT *, item_hash(\"key\", collection_name, item_name) AS "
        "cfp_item_hash FROM (SELECT " +
        sql_of_item_columns() + ", (i + 1)::UBIGINT AS cfp_seq, 'store' AS cfp_op FROM range(" + std::to_string(begin) +
        ", " + std::to_string(end) + ") AS r(i))");
  }
  const std::string last = std::to_string(count);
  history.run("UPDATE cfp_meta SET watermark = " + last + ", rows = " + last + ", min_seq = 1, max_seq = " + last +
              ", xor_seq = (SELECT bit_xor(cfp_seq) FROM storage_history)");
  history.run("CHECKPOINT");
}

}  // namespace cfp::bench
