#include "engine/answered_requests.h"

namespace cfp::engine {

void AnsweredRequests::add(std::string_view id, std::uint64_t sequence, std::int64_t time_us) {
  const auto known = sequences_.find(id);
  if (known != sequences_.end() && !in_order_.empty() && in_order_.back().id == id) {
    known->second = in_order_.back().sequence = sequence;  // of the same batch
    return;
  }
  const auto place = known != sequences_.end() ? known : sequences_.emplace(id, sequence).first;
  place->second = sequence;
  in_order_.push_back({place->first, sequence, time_us});
  while (in_order_.size() > kMost || in_order_.front().time_us < time_us - kLongestUs) forget_first();
}

std::optional<std::uint64_t> AnsweredRequests::find(std::string_view id) const {
  const auto found = sequences_.find(id);
  if (found == sequences_.end()) return std::nullopt;
  return found->second;
}

void AnsweredRequests::forget_first() {
  const Answer first = in_order_.front();
  in_order_.pop_front();
  const auto found = sequences_.find(first.id);
  if (found->second == first.sequence) sequences_.erase(found);  // else it was answered once more since
}

}  // namespace cfp::engine
