#pragma once

#include <nanobind/nanobind.h>

#include <memory>

#include "cfp/collection_fast_persist.h"
#include "item_reader.h"
#include "messages.h"
#include "query.h"

namespace cfp::python {

/// An open store with Python's arguments and results. Threads: any; whatever may wait for a disk runs without the
/// interpreter's lock.
class Store {
 public:
  Store(nanobind::handle date, nanobind::handle config, std::shared_ptr<Messages> messages);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  std::uint64_t store(nanobind::handle key, nanobind::handle data, nanobind::handle item_name,
                      nanobind::handle collection_name, nanobind::handle value, nanobind::handle timestamp,
                      nanobind::handle username, nanobind::handle expected_version, nanobind::handle durability,
                      nanobind::handle skip_unchanged, nanobind::handle reason, nanobind::handle request_id);
  nanobind::object get_item(nanobind::handle key, nanobind::handle collection_name, nanobind::handle item_name);
  nanobind::object get_record(nanobind::handle key, nanobind::handle collection_name, nanobind::handle item_name);
  nanobind::object get_key(nanobind::handle key, nanobind::handle collection_name);

  /// The engine. Throws `closed` once it was given up.
  [[nodiscard]] std::shared_ptr<CollectionFastPersist> engine() const;
  /// Makes Python's objects of what the engine gives.
  [[nodiscard]] ItemReader& reader() noexcept { return reader_; }
  /// Ends without a backup, as a process does that exits without close.
  void give_up();

 private:
  Store(const Date& date, CollectionConfig config, std::shared_ptr<Messages> messages);
  std::optional<Record> find(nanobind::handle key, nanobind::handle collection_name, nanobind::handle item_name) const;

  ItemReader reader_;
  std::shared_ptr<CollectionFastPersist> engine_;
};

/// Binds deletes and batches.
void bind_changes(nanobind::module_& module, nanobind::class_<Store>& store);
/// Binds versions and earlier moments.
void bind_past(nanobind::class_<Store>& store);
/// The fields of collection_fast_persist.ItemVersion, in its order.
nanobind::object version_tuple(Store& store, const ItemVersion& version);
/// Binds watchers.
void bind_watching(nanobind::module_& module, nanobind::class_<Store>& store);
/// Binds pages of names.
void bind_listing(nanobind::class_<Store>& store);
/// Binds exports and imports.
void bind_transfer(nanobind::class_<Store>& store);
/// Binds Store.
void bind_store(nanobind::module_& module);

}  // namespace cfp::python
