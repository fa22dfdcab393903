#include <utility>

#include "cfp/error.h"
#include "cfp/query.h"
#include "tables/arrow_stream.h"
#include "tables/query_source.h"

namespace cfp {
namespace {

/// What is left of a result whose rows were handed out.
class NoMoreRows final : public QueryResult::Source {
 public:
  explicit NoMoreRows(std::vector<ColumnDescription> description) : description_(std::move(description)) {}
  [[nodiscard]] const std::vector<ColumnDescription>& description() const override { return description_; }
  std::optional<Row> next() override { return std::nullopt; }
  void write_schema(ArrowSchema& /*out*/) override { refuse(); }
  bool next_batch(ArrowArray& /*out*/) override { refuse(); }

 private:
  [[noreturn]] static void refuse() {
    throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                     "The rows of this result were exported already; execute the query again.");
  }

  std::vector<ColumnDescription> description_;
};

}  // namespace

QueryResult::QueryResult(std::unique_ptr<Source> source) : source_(std::move(source)) {}
QueryResult::QueryResult(QueryResult&&) noexcept = default;
QueryResult& QueryResult::operator=(QueryResult&&) noexcept = default;
QueryResult::~QueryResult() = default;

const std::vector<ColumnDescription>& QueryResult::description() const { return source_->description(); }

std::optional<Row> QueryResult::fetchone() { return source_->next(); }

std::vector<Row> QueryResult::fetchmany(std::size_t count) {
  std::vector<Row> rows;
  while (rows.size() < count) {
    std::optional<Row> row = source_->next();
    if (!row) break;
    rows.push_back(*std::move(row));
  }
  return rows;
}

std::vector<Row> QueryResult::fetchall() {
  std::vector<Row> rows;
  while (std::optional<Row> row = source_->next()) rows.push_back(*std::move(row));
  return rows;
}

void QueryResult::export_arrow(ArrowArrayStream* out) {
  // What stands in the way of the whole stream is better thrown here than returned by its first call.
  ArrowSchema schema{};
  source_->write_schema(schema);
  schema.release(&schema);
  auto rest = std::make_unique<NoMoreRows>(source_->description());
  tables::make_arrow_stream(std::exchange(source_, std::move(rest)), *out);
}

}  // namespace cfp
