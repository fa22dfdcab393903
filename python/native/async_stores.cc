#include "async_stores.h"

#include <utility>

#include "arguments.h"
#include "errors.h"
#include "waiting.h"

namespace nb = nanobind;

namespace cfp::python {

void Outcomes::put(Outcome outcome) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(outcome));
  if (waiting_.size() == 1) wake_up_.set();  // else whoever put the first has woken the loop
}

std::vector<Outcomes::Outcome> Outcomes::take() {
  const std::lock_guard lock(mutex_);
  wake_up_.clear();
  return std::exchange(waiting_, {});
}

void AsyncStores::submit(Store& store, nb::object future, nb::handle key, nb::handle data, nb::handle item_name,
                         nb::handle collection_name, nb::handle value, nb::handle timestamp, nb::handle username,
                         nb::handle expected_version, nb::handle durability, nb::handle skip_unchanged,
                         nb::handle reason, nb::handle request_id) {
  const std::shared_ptr<CollectionFastPersist> engine = store.engine();
  std::string key_text(to_name(key, "key"));
  std::string item_text(to_optional_name(item_name, "item_name"));
  std::string collection_text(to_optional_name(collection_name, "collection_name"));
  Value typed_value = to_value(value);
  const std::optional<Timestamp> moment = to_timestamp(timestamp, "timestamp");
  std::optional<std::string> user;
  if (const auto given = to_username(username)) user = *given;
  ChangeOptions options = to_change_options(expected_version, skip_unchanged, reason, request_id);
  const std::optional<Durability> mode = to_optional_durability(durability);
  Data json(to_data(data));

  if (free_tickets_.empty()) {
    free_tickets_.push_back(futures_.size());
    futures_.emplace_back();
  }
  const std::size_t ticket = free_tickets_.back();
  free_tickets_.pop_back();
  futures_[ticket] = std::move(future);
  try {
    // Without the interpreter's lock: where the store's queue is full this waits for room.
    const Released released;
    engine->store_async(
        std::move(key_text), std::move(json), std::move(item_text), std::move(collection_text), std::move(typed_value),
        moment, std::move(user),
        [outcomes = outcomes_, ticket](std::uint64_t sequence, std::exception_ptr error) {
          outcomes->put({ticket, sequence, std::move(error)});
        },
        std::move(options), mode);
  } catch (...) {
    futures_[ticket].reset();
    free_tickets_.push_back(ticket);
    throw;
  }
}

void AsyncStores::settle() {
  std::exception_ptr first;
  for (const Outcomes::Outcome& outcome : outcomes_->take()) {
    try {
      settle_one(outcome);
    } catch (...) {
      if (!first) first = std::current_exception();  // the tasks of the others must not wait for ever
    }
  }
  if (first) std::rethrow_exception(first);
}

void AsyncStores::settle_one(const Outcomes::Outcome& outcome) {
  const nb::object future = std::exchange(futures_[outcome.ticket], nb::object());
  free_tickets_.push_back(outcome.ticket);
  const nb::object done = nb::steal(PyObject_CallMethodNoArgs(future.ptr(), done_.ptr()));
  if (!done.is_valid()) nb::raise_python_error();
  if (done.is(nb::handle(Py_True))) return;  // its task was cancelled
  const bool failed = outcome.error != nullptr;
  const nb::object result = failed ? to_exception(outcome.error) : nb::object(nb::int_(outcome.sequence));
  const nb::handle set = failed ? set_exception_ : set_result_;
  if (!nb::steal(PyObject_CallMethodOneArg(future.ptr(), set.ptr(), result.ptr())).is_valid()) {
    nb::raise_python_error();
  }
}

void bind_async_stores(nb::module_& module) {
  nb::class_<AsyncStores>(module, "AsyncStores", nb::is_weak_referenceable(),
                          "The stores that tasks of one event loop wait for.")
      .def(nb::init<>())
      .def("submit", &AsyncStores::submit, nb::arg("store"), nb::arg("future"), nb::arg("key"), nb::arg("data"),
           nb::arg("item_name").none(), nb::arg("collection_name").none(), nb::arg("value").none(),
           nb::arg("timestamp").none(), nb::arg("username").none(), nb::arg("expected_version").none(),
           nb::arg("durability").none(), nb::arg("skip_unchanged"), nb::arg("reason").none(),
           nb::arg("request_id").none(),
           nb::sig("def submit(self, store: Store, future: asyncio.Future[int], key: object, data: object, item_name: "
                   "object, collection_name: object, value: object, timestamp: object, username: object, "
                   "expected_version: object, durability: object, skip_unchanged: object, reason: object, request_id: "
                   "object) -> None"))
      .def("settle", &AsyncStores::settle)
      .def("fileno", &AsyncStores::descriptor);
}

}  // namespace cfp::python
