#include "tables/duckdb/scalar_function.h"

#include <string>

namespace cfp::tables::duckdb {

namespace {

using State = std::shared_ptr<void>;

void release_state(void* state) { const std::unique_ptr<State> owner(static_cast<State*>(state)); }

}  // namespace

void register_function(const Connection& connection, const ScalarFunction& function, std::shared_ptr<void> state) {
  duckdb_scalar_function made = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(made, function.name);
  for (const duckdb_type parameter : function.parameters) {
    duckdb_logical_type type = duckdb_create_logical_type(parameter);
    duckdb_scalar_function_add_parameter(made, type);
    duckdb_destroy_logical_type(&type);
  }
  duckdb_logical_type result = duckdb_create_logical_type(function.result);
  duckdb_scalar_function_set_return_type(made, result);
  duckdb_destroy_logical_type(&result);
  duckdb_scalar_function_set_extra_info(made, std::make_unique<State>(std::move(state)).release(), &release_state);
  duckdb_scalar_function_set_function(made, function.call);
  if (function.has_effects) duckdb_scalar_function_set_volatile(made);
  const duckdb_state outcome = duckdb_register_scalar_function(connection.get(), made);
  duckdb_destroy_scalar_function(&made);
  if (outcome != DuckDBSuccess) {
    throw SqlError(DUCKDB_ERROR_CATALOG, std::string("cannot register ") + function.name);
  }
}

void* state_of(duckdb_function_info info) {
  return static_cast<State*>(duckdb_scalar_function_get_extra_info(info))->get();
}

}  // namespace cfp::tables::duckdb
