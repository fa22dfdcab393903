#pragma once

#include <memory>
#include <span>

#include "tables/duckdb/connection.h"

namespace cfp::tables::duckdb {

/// A function of ours that SQL can call.
struct ScalarFunction {
  const char* name;
  std::span<const duckdb_type> parameters;
  duckdb_type result;
  duckdb_scalar_function_t call;  ///< DuckDB calls it for each vector of rows, from any thread.
  /// Whether each call counts, so that none may be left out, moved or made once for rows that are alike.
  bool has_effects = false;
};

/// Makes it known to the instance behind the connection; nothing of it is written to a file. DuckDB keeps `state` for
/// as long as the instance lives. Throws SqlError, also when the name is taken.
void register_function(const Connection& connection, const ScalarFunction& function,
                       std::shared_ptr<void> state = nullptr);

/// The state that the called function was registered with.
void* state_of(duckdb_function_info info);

}  // namespace cfp::tables::duckdb
