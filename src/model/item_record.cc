#include <algorithm>

#include "cfp/record.h"
#include "model/record.h"

namespace cfp {

const std::string& Record::item_name() const noexcept { return state_->item_name; }

const Value& Record::value() const noexcept { return state_->value; }

const std::string& Record::data_text() const noexcept { return state_->data; }

std::optional<Timestamp> Record::timestamp() const noexcept { return state_->timestamp; }

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
