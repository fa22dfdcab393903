#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "crash/workload.h"

namespace cfp::crash {

/// What the killed programs said they stored. Threads: one.
class Acknowledged {
 public:
  /// Takes the output of one `cfp_child run`. A line that the kill cut off was an acknowledgement all the same, but
  /// nobody heard it: then the record counts as under way.
  void read(const std::string& output) {
    std::istringstream lines(output.substr(0, output.rfind('\n') + 1));
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string word;
      std::uint64_t run = 0, thread = 0, n = 0, sequence = 0;
      if (!(words >> word)) continue;
      if (word == "change" && words >> word >> sequence) changes_[word] = sequence;
      if (word != "ack" || !(words >> run >> thread >> n >> sequence)) continue;
      std::vector<std::uint64_t>& list = sequences_[{run, thread}];
      ASSERT_EQ(n, list.size());
      list.push_back(sequence);
    }
  }
  void add_run(std::uint64_t run) {
    for (std::uint64_t thread = 0; thread < kWriters; ++thread) sequences_.try_emplace({run, thread});
  }
  /// The last sequence of each change, by its name.
  [[nodiscard]] const std::map<std::string, std::uint64_t>& changes() const noexcept { return changes_; }
  [[nodiscard]] const std::vector<std::uint64_t>* of(std::uint64_t run, std::uint64_t thread) const {
    const auto found = sequences_.find({run, thread});
    return found == sequences_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] std::size_t size() const {
    std::size_t sum = 0;
    for (const auto& [name, list] : sequences_) sum += list.size();
    return sum;
  }

 private:
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::uint64_t>> sequences_;
  std::map<std::string, std::uint64_t> changes_;
};

}  // namespace cfp::crash
