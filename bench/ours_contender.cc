#include <stdexcept>

#include "contender.h"
#include "stores.h"

namespace cfp::bench {
namespace {

class Ours final : public Contender {
 public:
  explicit Ours(const CollectionConfig& config) : store_(open_store(config)) {}

  void store(const Item& item) override { store_item(*store_, item); }
  void store_all(std::span<const Item> items) override {
    Batch batch;
    for (const Item& item : items) {
      batch.store(item.key, item.data, item.item_name, item.collection_name, item.value);
    }
    store_->commit(batch);
  }
  std::size_t read(const Item& item) override {
    const auto record = store_->get_item(item.key, item.collection_name, item.item_name);
    if (!record) throw std::runtime_error("an item is missing");
    return record->data_text().size();
  }
  std::uint64_t sum_counts(const Item& item) override {
    std::uint64_t sum = 0;
    const auto items = store_->get_key(item.key, item.collection_name);
    if (!items) throw std::runtime_error("a collection is missing");
    for (const Record& record : *items) sum += count_in(record.data_text());
    return sum;
  }

 private:
  const std::unique_ptr<CollectionFastPersist> store_;
};

}  // namespace

Kind our_kind(CollectionConfig config) {
  return {"collection_fast_persist", [config = std::move(config)](const std::filesystem::path& directory) {
            CollectionConfig own = config;
            own.base_dir = directory / "store";
            return std::make_unique<Ours>(own);
          }};
}

}  // namespace cfp::bench
