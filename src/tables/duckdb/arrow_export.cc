#include "tables/duckdb/arrow_export.h"

#include <memory>
#include <numeric>
#include <type_traits>
#include <utility>

namespace cfp::tables::duckdb {
namespace {

/// How a connection writes Arrow. It refers to the connection, which may go only after it.
class Options {
 public:
  explicit Options(const Connection& connection) { duckdb_connection_get_arrow_options(connection.get(), &options_); }
  ~Options() { duckdb_destroy_arrow_options(&options_); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  [[nodiscard]] duckdb_arrow_options get() const noexcept { return options_; }

 private:
  duckdb_arrow_options options_ = nullptr;
};

void check(duckdb_error_data error) {
  const std::unique_ptr<std::remove_pointer_t<duckdb_error_data>, void (*)(duckdb_error_data)> owned(
      error, [](duckdb_error_data data) { duckdb_destroy_error_data(&data); });
  if (error == nullptr || !duckdb_error_data_has_error(error)) return;
  throw SqlError(duckdb_error_data_error_type(error), duckdb_error_data_message(error));
}

/// `count` row numbers from `first` on.
class Selection {
 public:
  Selection(idx_t first, idx_t count) : selection_(duckdb_create_selection_vector(count)) {
    sel_t* const rows = duckdb_selection_vector_get_data_ptr(selection_);
    std::iota(rows, rows + count, static_cast<sel_t>(first));
  }
  ~Selection() { duckdb_destroy_selection_vector(selection_); }
  Selection(const Selection&) = delete;
  Selection& operator=(const Selection&) = delete;
  [[nodiscard]] duckdb_selection_vector get() const noexcept { return selection_; }

 private:
  duckdb_selection_vector selection_;
};

}  // namespace

ArrowExport::ArrowExport(Result& result, std::vector<std::string> names) : names_(std::move(names)) {
  types_.reserve(names_.size());
  for (idx_t i = 0; i < names_.size(); ++i) types_.push_back(result.logical_type(i));
}

ArrowExport::~ArrowExport() {
  for (duckdb_logical_type& type : types_) duckdb_destroy_logical_type(&type);
}

void ArrowExport::write_schema(const Connection& connection, ArrowSchema& out) const {
  const Options options(connection);
  std::vector<const char*> names;
  names.reserve(names_.size());
  for (const std::string& name : names_) names.push_back(name.c_str());
  ArrowSchema schema{};
  check(duckdb_to_arrow_schema(options.get(), types_.data(), names.data(), names.size(), &schema));
  out = schema;
}

void ArrowExport::write_batch(const Connection& connection, const Chunk& chunk, idx_t first, ArrowArray& out) const {
  const Options options(connection);
  const Chunk part = part_of(chunk, first);
  ArrowArray array{};
  check(duckdb_data_chunk_to_arrow(options.get(), part.get(), &array));
  out = array;
}

/// DuckDB converts whole chunks only.
Chunk ArrowExport::part_of(const Chunk& chunk, idx_t first) const {
  const idx_t count = chunk.rows() - first;
  Chunk part(duckdb_create_data_chunk(types_.data(), types_.size()));
  if (!part) throw SqlError(DUCKDB_ERROR_OUT_OF_MEMORY, "no memory for a chunk");
  const Selection selection(first, count);
  for (idx_t i = 0; i < types_.size(); ++i) {
    const duckdb_vector from = duckdb_data_chunk_get_vector(chunk.get(), i);
    const duckdb_vector into = duckdb_data_chunk_get_vector(part.get(), i);
    if (first == 0) {
      duckdb_vector_reference_vector(into, from);
    } else {
      duckdb_vector_copy_sel(from, into, selection.get(), count, 0, 0);
    }
  }
  duckdb_data_chunk_set_size(part.get(), count);
  return part;
}

}  // namespace cfp::tables::duckdb
