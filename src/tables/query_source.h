#pragma once

#include <optional>
#include <vector>

#include "cfp/arrow.h"
#include "cfp/query.h"

namespace cfp {

/// Where the rows of a QueryResult come from.
/// Threads: one at a time.
class QueryResult::Source {
 public:
  virtual ~Source() = default;
  [[nodiscard]] virtual const std::vector<ColumnDescription>& description() const = 0;
  /// The next row, or nullopt at the end. Throws `closed` when the tables were closed.
  virtual std::optional<Row> next() = 0;

  /// Names and types of the columns, for Arrow. Throws as `next`.
  virtual void write_schema(ArrowSchema& out) = 0;
  /// A batch of the rows that `next` would give; false at the end. Throws as `next`.
  virtual bool next_batch(ArrowArray& out) = 0;
};

}  // namespace cfp
