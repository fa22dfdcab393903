#include "errors.h"

namespace nb = nanobind;

namespace cfp::python {
namespace {

nb::object make_exception(const CollectionFastPersistError& error) {
  const std::string_view code = to_string(error.code());
  const bool wrong_type = dynamic_cast<const InvalidTypeError*>(&error) != nullptr;
  nb::object made = nb::module_::import_("collection_fast_persist._errors")
                        .attr("make_error")(nb::str(code.data(), code.size()), nb::str(error.what()), wrong_type);
  if (const auto* const conflict = dynamic_cast<const VersionConflictError*>(&error)) {
    made.attr("current_version") = conflict->current_version();
    made.attr("expected_version") = conflict->expected_version();
    made.attr("change") = conflict->change();
  }
  return made;
}

}  // namespace

nb::object to_exception(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const CollectionFastPersistError& ours) {
    return make_exception(ours);
  } catch (const std::exception& other) {
    return make_exception(CollectionFastPersistError(ErrorCode::internal, other.what()));
  }
}

void register_errors() {
  nb::register_exception_translator([](const std::exception_ptr& error, void*) {
    try {
      std::rethrow_exception(error);
    } catch (const CollectionFastPersistError& ours) {
      try {
        const nb::object made = make_exception(ours);
        PyErr_SetObject(made.type().ptr(), made.ptr());
      } catch (nb::python_error& failure) {
        failure.restore();
      }
    }
  });
}

}  // namespace cfp::python
