#include "model/item_state.h"

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace cfp::model {

ValueView view_of(const Value& value) noexcept {
  return std::visit([](const auto& held) -> ValueView { return held; }, value);
}

Value copy_of(const ValueView& value) {
  return std::visit(
      [](const auto& held) -> Value {
        if constexpr (std::is_same_v<decltype(held), const std::string_view&>) {
          return std::string(held);
        } else {
          return held;
        }
      },
      value);
}

base::Counted<ItemState> ItemState::make(const Content& content) {
  constexpr std::size_t kLongest = std::numeric_limits<std::uint32_t>::max();
  std::size_t bytes = sizeof(ItemState);
  for (const std::string_view text : {content.key, content.collection_name, content.item_name, content.data}) {
    if (text.size() > kLongest) throw std::length_error("a text of more than 4 GiB");
    bytes += text.size();
  }
  if (const auto* const text = std::get_if<std::string_view>(&content.value)) bytes += text->size();
  return base::Counted<ItemState>(new (::operator new(bytes)) ItemState(content));
}

ItemState::ItemState(const Content& content) noexcept
    : sequence(content.sequence),
      updated_at_us(content.updated_at_us),
      key_size_(static_cast<std::uint32_t>(content.key.size())),
      collection_size_(static_cast<std::uint32_t>(content.collection_name.size())),
      item_size_(static_cast<std::uint32_t>(content.item_name.size())),
      data_size_(static_cast<std::uint32_t>(content.data.size())),
      timestamp_offset_minutes_(content.timestamp ? static_cast<std::int32_t>(content.timestamp->offset().count()) : 0),
      operation_(content.operation),
      kind_(static_cast<Kind>(content.value.index())),
      has_timestamp_(content.timestamp.has_value()),
      timestamp_us_(content.timestamp ? content.timestamp->utc().time_since_epoch().count() : 0),
      number_{0} {
  char* out = reinterpret_cast<char*>(this + 1);
  for (const std::string_view text : {content.key, content.collection_name, content.item_name, content.data}) {
    out = std::copy(text.begin(), text.end(), out);
  }
  if (const auto* const flag = std::get_if<bool>(&content.value)) number_.flag = *flag;
  if (const auto* const integer = std::get_if<std::int64_t>(&content.value)) number_.integer = *integer;
  if (const auto* const real = std::get_if<double>(&content.value)) number_.real = *real;
  if (const auto* const text = std::get_if<std::string_view>(&content.value)) {
    number_.size = text->size();
    std::copy(text->begin(), text->end(), out);
  }
}

ValueView ItemState::value() const noexcept {
  switch (kind_) {
    case Kind::flag:
      return number_.flag;
    case Kind::integer:
      return number_.integer;
    case Kind::real:
      return number_.real;
    case Kind::text:
      return std::string_view(texts() + names_size() + data_size_, number_.size);
    case Kind::nothing:
      break;
  }
  return std::monostate();
}

std::optional<Timestamp> ItemState::timestamp() const noexcept {
  if (!has_timestamp_) return std::nullopt;
  return Timestamp(Timestamp::Micros(std::chrono::microseconds(timestamp_us_)),
                   std::chrono::minutes(timestamp_offset_minutes_));
}

ItemState::Content ItemState::content() const noexcept {
  return {key(), collection_name(), item_name(), data(), value(), timestamp(), operation_, sequence, updated_at_us};
}

}  // namespace cfp::model
