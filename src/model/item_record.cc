#include <algorithm>

#include "cfp/record.h"
#include "model/record.h"

namespace cfp {

Record::Record(const model::ItemState& state, std::uint32_t version) noexcept : state_(&state), version_(version) {
  state.share();
}

Record::Record(const Record& other) noexcept : state_(other.state_), version_(other.version_) {
  if (state_ != nullptr) state_->share();
}

void Record::give_up() const noexcept { state_->give_up(); }

std::string_view Record::item_name() const noexcept { return state_->item_name(); }

Value Record::value() const { return model::copy_of(state_->value()); }

std::string_view Record::data_text() const noexcept { return state_->data(); }

std::optional<Timestamp> Record::timestamp() const noexcept { return state_->timestamp(); }

std::uint64_t Record::sequence() const noexcept { return state_->sequence; }

Timestamp Record::updated_at() const noexcept {
  return Timestamp(Timestamp::Micros(std::chrono::microseconds(state_->updated_at_us)));
}

const Record* Items::find(std::string_view item_name) const noexcept {
  const auto found = std::find_if(records_.begin(), records_.end(),
                                  [item_name](const Record& record) { return record.item_name() == item_name; });
  return found == records_.end() ? nullptr : &*found;
}

}  // namespace cfp
