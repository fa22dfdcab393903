// How a field of `data` becomes a value of a custom column. Nothing is converted that would lose something, except
// for what float32 is for.

#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/iso8601.h"
#include "model/schema.h"

namespace cfp::model {
namespace {

using Result = std::optional<ColumnValue>;

/// An integer of a column of C++ type `Number`, as int64 or, for an unsigned column, as uint64.
template <std::integral Number>
Result to_integer(const Scalar& scalar) {
  using Stored = std::conditional_t<std::signed_integral<Number>, std::int64_t, std::uint64_t>;
  const auto in_range = [](auto value) -> Result {
    if (!std::in_range<Number>(value)) return std::nullopt;
    return Result(std::in_place, static_cast<Stored>(value));
  };
  if (const auto* value = std::get_if<std::int64_t>(&scalar)) return in_range(*value);
  if (const auto* value = std::get_if<std::uint64_t>(&scalar)) return in_range(*value);
  return std::nullopt;
}

/// An integer as a floating-point number that is exactly it.
template <std::floating_point Real, std::integral Integer>
Result to_exact(Integer value) {
  const auto real = static_cast<Real>(value);
  // Rounding up can leave the range of the integer, where converting back is undefined: 2^63 or 2^64.
  if (real >= std::ldexp(Real{1}, std::numeric_limits<Integer>::digits)) return std::nullopt;
  if (static_cast<Integer>(real) != value) return std::nullopt;
  return Result(std::in_place, static_cast<double>(real));
}

template <std::floating_point Real>
Result to_real(const Scalar& scalar) {
  if (const auto* value = std::get_if<std::int64_t>(&scalar)) return to_exact<Real>(*value);
  if (const auto* value = std::get_if<std::uint64_t>(&scalar)) return to_exact<Real>(*value);
  const auto* value = std::get_if<double>(&scalar);
  if (value == nullptr) return std::nullopt;
  const auto real = static_cast<Real>(*value);
  if (std::isinf(real) && !std::isinf(*value)) return std::nullopt;
  return Result(std::in_place, static_cast<double>(real));
}

std::optional<Timestamp> to_timestamp(const Scalar& scalar) {
  const auto* text = std::get_if<std::string>(&scalar);
  return text == nullptr ? std::nullopt : base::parse_timestamp(*text);
}

Result to_micros(const Scalar& scalar) {
  const auto timestamp = to_timestamp(scalar);
  if (!timestamp) return std::nullopt;
  return Result(std::in_place, std::int64_t{timestamp->utc().time_since_epoch().count()});
}

Result to_days(const Scalar& scalar) {
  const auto timestamp = to_timestamp(scalar);
  if (!timestamp) return std::nullopt;
  const auto day = std::chrono::floor<std::chrono::days>(timestamp->utc() + timestamp->offset());
  return Result(std::in_place, std::int64_t{day.time_since_epoch().count()});
}

template <typename Type>
Result to_same(const Scalar& scalar) {
  const auto* value = std::get_if<Type>(&scalar);
  return value == nullptr ? std::nullopt : Result(std::in_place, *value);
}

}  // namespace

std::optional<ColumnValue> convert(const Scalar& scalar, ColumnType type) {
  if (std::holds_alternative<std::monostate>(scalar)) return Result(std::in_place);
  switch (type) {
    case ColumnType::string:
      return to_same<std::string>(scalar);
    case ColumnType::int64:
      return to_integer<std::int64_t>(scalar);
    case ColumnType::int32:
      return to_integer<std::int32_t>(scalar);
    case ColumnType::int16:
      return to_integer<std::int16_t>(scalar);
    case ColumnType::int8:
      return to_integer<std::int8_t>(scalar);
    case ColumnType::uint64:
      return to_integer<std::uint64_t>(scalar);
    case ColumnType::uint32:
      return to_integer<std::uint32_t>(scalar);
    case ColumnType::uint16:
      return to_integer<std::uint16_t>(scalar);
    case ColumnType::uint8:
      return to_integer<std::uint8_t>(scalar);
    case ColumnType::float64:
      return to_real<double>(scalar);
    case ColumnType::float32:
      return to_real<float>(scalar);
    case ColumnType::boolean:
      return to_same<bool>(scalar);
    case ColumnType::timestamp:
      return to_micros(scalar);
    case ColumnType::date:
      return to_days(scalar);
  }
  return std::nullopt;
}

}  // namespace cfp::model
