#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <mutex>
#include <vector>

#include "cfp/collection_fast_persist.h"

namespace cfp::python {

/// Binds QueryResult and QueryConnection.
void bind_queries(nanobind::module_& module);

/// The rows of one query. Threads: any, one after the other.
class Rows {
 public:
  /// Keeps the store as long as there may be rows to fetch.
  Rows(std::shared_ptr<CollectionFastPersist> store, QueryResult result);

  [[nodiscard]] nanobind::object description() const;
  nanobind::object fetchone();
  nanobind::list fetchmany(std::size_t count);
  nanobind::list fetchall();
  /// A capsule of the Arrow C stream with the rows that are left.
  nanobind::object arrow_stream();

 private:
  [[nodiscard]] nanobind::object to_tuple(const Row& row) const;

  std::shared_ptr<CollectionFastPersist> store_;
  std::mutex mutex_;
  QueryResult result_;
};

/// Read-only SQL over both tables of a store.
std::unique_ptr<Rows> query_store(const std::shared_ptr<CollectionFastPersist>& store, nanobind::handle sql,
                                  nanobind::handle parameters, nanobind::handle time_limit_seconds,
                                  nanobind::handle row_limit);

/// Runs read-only SQL over one table, as long as the store is there: who keeps a connection keeps no store open.
class Connection {
 public:
  Connection(const std::shared_ptr<CollectionFastPersist>& store, bool history) : store_(store), history_(history) {}
  std::unique_ptr<Rows> execute(nanobind::handle sql, nanobind::handle parameters);

 private:
  std::weak_ptr<CollectionFastPersist> store_;
  bool history_;
};

}  // namespace cfp::python
