#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "cfp/change_options.h"
#include "engine/conditional_write.h"
#include "engine/present.h"
#include "model/schema.h"

namespace cfp::engine {

/// Tombstones of all that a collection has, or a key.
class DeleteAll final : public ConditionalWrite {
 public:
  struct Selection {
    std::string_view key;
    std::optional<std::string_view> collection_name;
    std::optional<std::string_view> username;
    const ChangeOptions& options;
  };
  DeleteAll(const Present& present, flush::UnflushedSet& unflushed, const model::Schema& schema,
            const Selection& selection)
      : ConditionalWrite(unflushed), present_(present), schema_(schema), selection_(selection) {}

  [[nodiscard]] std::uint64_t bytes() const override { return wanted_room(); }  // lines are shorter than records

 private:
  bool fill(const wal::PendingItems& before) override;
  void add_items(std::string_view collection_name, const Items& items, const wal::PendingItems& before);
  [[nodiscard]] bool selects(const model::Record& record) const;
  [[nodiscard]] model::Record tombstone(std::string_view collection_name, std::string_view item_name) const;

  const Present present_;
  const model::Schema& schema_;
  const Selection selection_;
};

}  // namespace cfp::engine
