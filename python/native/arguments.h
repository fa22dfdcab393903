#pragma once

// From Python arguments to the engine's types. All throw what the engine throws for the same mistake, or, for an object
// of a wrong type, InvalidTypeError (a TypeError in Python), always naming the argument.

#include <nanobind/nanobind.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cfp/collection_fast_persist.h"
#include "errors.h"

namespace cfp::python {

/// Views live as long as the argument.
std::string_view to_name(nanobind::handle argument, const char* what);
/// None is "".
std::string_view to_optional_name(nanobind::handle argument, const char* what);
std::string to_data(nanobind::handle argument);
Value to_value(nanobind::handle argument);
/// A parameter of a query: as `to_value`; a datetime or date becomes its text in UTC.
Value to_parameter(nanobind::handle argument, std::size_t index);
std::optional<Timestamp> to_timestamp(nanobind::handle argument, const char* what);
std::optional<std::string_view> to_username(nanobind::handle argument);
/// None is nullopt.
std::optional<std::uint32_t> to_version(nanobind::handle argument, const char* what);
/// `skip_unchanged` a bool, the others None where nothing is asked for.
ChangeOptions to_change_options(nanobind::handle expected_version, nanobind::handle skip_unchanged,
                                nanobind::handle reason, nanobind::handle request_id);
/// Nothing for what is no int.
std::optional<std::uint64_t> to_sequence(nanobind::handle argument, const char* what);
/// None is nullopt.
std::optional<std::uint64_t> to_optional_sequence(nanobind::handle argument, const char* what);
Durability to_durability(nanobind::handle argument, const char* what);
/// None is nullopt.
std::optional<Durability> to_optional_durability(nanobind::handle argument);
/// How many rows are wanted; one that is too large for 64 bits is as good as the largest.
std::int64_t to_limit(nanobind::handle argument);
/// A moment in the past: an int is a sequence, anything else a time.
AsOf to_as_of(nanobind::handle argument);
/// A date, a datetime (its own date) or `YYYY-MM-DD`.
Date to_date_argument(nanobind::handle argument);
std::filesystem::path to_path(nanobind::handle argument, const char* what);

}  // namespace cfp::python
