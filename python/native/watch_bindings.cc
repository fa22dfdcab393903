#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/unique_ptr.h>

#include <chrono>
#include <string>

#include "arguments.h"
#include "store.h"
#include "waiting.h"
#include "wake_up.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace cfp::python {
namespace {

/// How soon Ctrl-C is answered.
constexpr std::chrono::milliseconds kSlice{50};

/// A watcher of the engine's that gives Python's objects. Threads: any, one at a time; `stop` from any.
class Cursor {
 public:
  Cursor(Store& store, Watcher watcher) : store_(nb::find(store)), watcher_(std::move(watcher)) {}

  /// The next event, as a tuple; None at the end. Answers Ctrl-C.
  nb::object next() {
    while (true) {
      std::optional<WatchEvent> event;
      bool ended = false;
      {
        const Released released;
        event = watcher_.next(kSlice);
        ended = !event && watcher_.ended();
      }
      if (event) return to_tuple(*event);
      if (ended) return nb::none();
      answer_signals();
    }
  }
  /// What is in memory; None when nothing is.
  nb::object take() {
    const auto event = watcher_.take();
    return event ? to_tuple(*event) : nb::none();
  }
  bool fetch() {
    const Released released;
    return watcher_.fetch();
  }
  /// Makes the descriptor readable once there may be something to fetch, or the end has come.
  void arm() {
    if (!wake_up_) wake_up_ = std::make_shared<WakeUp>();
    wake_up_->clear();
    watcher_.wake_when_ready([wake_up = wake_up_] { wake_up->set(); });
  }
  [[nodiscard]] int descriptor() {
    if (!wake_up_) wake_up_ = std::make_shared<WakeUp>();
    return wake_up_->descriptor();
  }
  [[nodiscard]] bool ended() const { return watcher_.ended(); }
  [[nodiscard]] std::uint64_t position() const { return watcher_.position(); }
  void stop() noexcept { watcher_.stop(); }

 private:
  /// (key, collection_name, item_name, version, old) of a change, (first, last) of a gap.
  nb::object to_tuple(const WatchEvent& event) const {
    if (const auto* const gap = std::get_if<SequenceGap>(&event)) return nb::make_tuple(gap->first, gap->last);
    const auto text = [](std::string_view of) { return nb::str(of.data(), of.size()); };
    const auto& change = std::get<Change>(event);
    Store& store = nb::cast<Store&>(store_);
    const nb::object old = change.old ? version_tuple(store, *change.old) : nb::none();
    return nb::make_tuple(text(change.key), text(change.collection_name), text(change.version.record.item_name()),
                          version_tuple(store, change.version), old);
  }

  nb::object store_;  // which reads items as it does for everyone
  Watcher watcher_;
  std::shared_ptr<WakeUp> wake_up_;  // a thread of the store may have it for longer
};

std::unique_ptr<Cursor> open_cursor(Store& store, nb::handle prefix, nb::handle from_sequence, bool with_old) {
  const auto engine = store.engine();
  WatchOptions options{std::string(to_name(prefix, "prefix")), to_optional_sequence(from_sequence, "from_sequence"),
                       with_old};
  return std::make_unique<Cursor>(store, engine->watch(std::move(options)));
}

}  // namespace

void bind_watching(nb::module_& module, nb::class_<Store>& store) {
  nb::class_<Cursor>(module, "Cursor", "The native part of Watcher, which is documented there.")
      .def("next", &Cursor::next, nb::sig("def next(self) -> tuple[typing.Any, ...] | None"))
      .def("take", &Cursor::take, nb::sig("def take(self) -> tuple[typing.Any, ...] | None"))
      .def("fetch", &Cursor::fetch)
      .def("arm", &Cursor::arm)
      .def("fileno", &Cursor::descriptor)
      .def("stop", &Cursor::stop)
      .def_prop_ro("ended", &Cursor::ended)
      .def_prop_ro("position", &Cursor::position);
  store.def("cursor", &open_cursor, "prefix"_a.none(), "from_sequence"_a.none(), "with_old"_a,
            nb::sig("def cursor(self, prefix: str, from_sequence: int | None, with_old: bool) -> Cursor"));
}

}  // namespace cfp::python
