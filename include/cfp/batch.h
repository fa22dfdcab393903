#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cfp/change_options.h"
#include "cfp/data.h"
#include "cfp/timestamp.h"

namespace cfp {

/// Stores and deletes that happen together: `CollectionFastPersist::commit` makes all of them, or none. They happen in
/// their order, each on what those before it left. Nothing is checked before `commit`. A value: it may be committed
/// again, or to another store. Threads: one at a time; a const Batch may be read by any number.
class Batch {
 public:
  /// As `CollectionFastPersist::store`.
  Batch& store(std::string key, Data data, std::string item_name = "", std::string collection_name = "",
               Value value = {}, std::optional<Timestamp> timestamp = std::nullopt,
               std::optional<std::string> username = std::nullopt, ChangeOptions options = {}) {
    changes_.push_back({false, std::move(key), std::move(data), std::move(item_name), std::move(collection_name),
                        std::move(value), timestamp, std::move(username), std::move(options)});
    return *this;
  }
  /// As `CollectionFastPersist::delete_item`; of an item that is not there it does nothing.
  Batch& delete_item(std::string key, std::string collection_name, std::string item_name,
                     std::optional<std::string> username = std::nullopt, ChangeOptions options = {}) {
    changes_.push_back({true,
                        std::move(key),
                        {},
                        std::move(item_name),
                        std::move(collection_name),
                        {},
                        std::nullopt,
                        std::move(username),
                        std::move(options)});
    return *this;
  }

  [[nodiscard]] std::size_t size() const noexcept { return changes_.size(); }
  [[nodiscard]] bool empty() const noexcept { return changes_.empty(); }

  /// One call of `store`, or of `delete_item` where `deletes`.
  struct Change {
    bool deletes = false;
    std::string key;
    Data data;
    std::string item_name;
    std::string collection_name;
    Value value;
    std::optional<Timestamp> timestamp;
    std::optional<std::string> username;
    ChangeOptions options;
  };
  [[nodiscard]] const std::vector<Change>& changes() const noexcept { return changes_; }

 private:
  std::vector<Change> changes_;
};

/// What became of a batch. Its records are numbered without a gap.
struct BatchResult {
  std::uint64_t last_sequence = 0;  ///< Of its last record; 0: there was nothing to write.
  std::uint64_t records = 0;        ///< Stores and deletes.
  std::uint64_t deleted = 0;        ///< Deletes among them.
  /// One for each change, in their order: of its record; of the one that was there already (`skip_unchanged`,
  /// `request_id`); or 0 for the delete of what was not there.
  std::vector<std::uint64_t> sequences = {};
};

}  // namespace cfp
