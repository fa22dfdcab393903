#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

#include "store.h"
#include "wake_up.h"

namespace cfp::python {

/// Outcomes on their way from a thread of the store to an event loop, which is woken by a descriptor. Threads: any.
class Outcomes {
 public:
  struct Outcome {
    std::size_t ticket;
    std::uint64_t sequence;
    std::exception_ptr error;
  };

  /// Readable while there is something to take.
  [[nodiscard]] int descriptor() const noexcept { return wake_up_.descriptor(); }
  void put(Outcome outcome);
  std::vector<Outcome> take();

 private:
  std::mutex mutex_;
  std::vector<Outcome> waiting_;
  WakeUp wake_up_;
};

/// The stores that tasks of one event loop wait for. All calls by the thread of that loop.
class AsyncStores {
 public:
  AsyncStores() : outcomes_(std::make_shared<Outcomes>()) {}

  /// Stores without waiting; `future` gets the sequence or the error.
  void submit(Store& store, nanobind::object future, nanobind::handle key, nanobind::handle data,
              nanobind::handle item_name, nanobind::handle collection_name, nanobind::handle value,
              nanobind::handle timestamp, nanobind::handle username, nanobind::handle expected_version,
              nanobind::handle durability, nanobind::handle skip_unchanged, nanobind::handle reason,
              nanobind::handle request_id);
  /// Settles the futures of all that has ended. Throws what the first of them threw, when all are settled.
  void settle();
  [[nodiscard]] int descriptor() const noexcept { return outcomes_->descriptor(); }

 private:
  void settle_one(const Outcomes::Outcome& outcome);

  std::shared_ptr<Outcomes> outcomes_;     // the store's threads have it too
  std::vector<nanobind::object> futures_;  // by ticket
  std::vector<std::size_t> free_tickets_;
  const nanobind::str done_{"done"}, set_result_{"set_result"}, set_exception_{"set_exception"};
};

void bind_async_stores(nanobind::module_& module);

}  // namespace cfp::python
