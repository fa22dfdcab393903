#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cfp::engine {

/// The requests that were answered lately, each with the last sequence of its answer. What is older than a day at the
/// newest of them is forgotten, and all but the newest 100,000.
/// Threads: `find` is called by the leader of a group and `add` by whoever publishes one, which never happen at once
/// (wal::Proposal).
class AnsweredRequests {
 public:
  static constexpr std::size_t kMost = 100'000;
  static constexpr std::int64_t kLongestUs = std::int64_t{24} * 60 * 60 * 1'000'000;

  /// In order of sequence.
  void add(std::string_view id, std::uint64_t sequence, std::int64_t time_us);
  [[nodiscard]] std::optional<std::uint64_t> find(std::string_view id) const;
  [[nodiscard]] std::size_t size() const noexcept { return sequences_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view id) const noexcept { return std::hash<std::string_view>()(id); }
  };
  using Sequences = std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>>;
  struct Answer {
    std::string_view id;  // in the map, which moves no key
    std::uint64_t sequence;
    std::int64_t time_us;
  };

  void forget_first();

  Sequences sequences_;
  std::deque<Answer> in_order_;
};

}  // namespace cfp::engine
