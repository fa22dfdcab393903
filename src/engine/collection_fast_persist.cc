#include "cfp/collection_fast_persist.h"

#include <algorithm>

#include "engine/engine.h"
#include "engine/read_only_store.h"
#include "engine/transfer.h"
#include "history/item_history.h"
#include "history/past_collections.h"
#include "history/past_names.h"
#include "history/present_names.h"
#include "history/version_diff.h"
#include "model/layout.h"

namespace cfp {
namespace {

CollectionConfig with_base_dir(CollectionConfig config, const std::filesystem::path& base_dir) {
  config.base_dir = base_dir;
  return config;
}

std::optional<std::string> owned(const std::optional<std::string_view>& text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

class TableConnection final : public QueryConnection {
 public:
  TableConnection(engine::OpenStore& engine, engine::OpenStore::Table table) : engine_(engine), table_(table) {}
  QueryResult execute(std::string_view sql, const std::vector<Value>& parameters, const QueryLimits& limits) override {
    return engine_.query(table_, sql, parameters, limits);
  }

 private:
  engine::OpenStore& engine_;
  const engine::OpenStore::Table table_;
};

}  // namespace

class CollectionFastPersist::Impl {
 public:
  Impl(const Date& date, CollectionConfig config)
      : engine(open(date, std::move(config))),
        history(*engine, engine::OpenStore::Table::history),
        latest(*engine, engine::OpenStore::Table::latest) {}
  ~Impl() {
    // In a forked child the threads that a clean end would wait for do not exist: everything is left as it is.
    if (engine->forked()) static_cast<void>(engine.release());
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::unique_ptr<engine::OpenStore> engine;
  TableConnection history;
  TableConnection latest;

 private:
  static std::unique_ptr<engine::OpenStore> open(const Date& date, CollectionConfig config) {
    if (config.read_only) return engine::open_read_only(date, std::move(config));
    auto parts = engine::make_system_parts(date, config);
    return std::make_unique<engine::Engine>(date, std::move(config), std::move(parts));
  }
};

CollectionFastPersist::CollectionFastPersist(const Date& date, CollectionConfig config)
    : impl_(std::make_unique<Impl>(date, std::move(config))) {}

CollectionFastPersist::CollectionFastPersist(const Date& date, const std::filesystem::path& base_dir,
                                             CollectionConfig config)
    : CollectionFastPersist(date, with_base_dir(std::move(config), base_dir)) {}

CollectionFastPersist::~CollectionFastPersist() = default;

std::uint64_t CollectionFastPersist::store(std::string_view key, const Data& data, std::string_view item_name,
                                           std::string_view collection_name, const Value& value,
                                           const std::optional<Timestamp>& timestamp,
                                           const std::optional<std::string_view>& username,
                                           const ChangeOptions& options, const std::optional<Durability>& durability) {
  if (options == ChangeOptions()) {
    return impl_->engine->store(key, data.text(), item_name, collection_name, value, timestamp, username, durability);
  }
  return commit(Batch().store(std::string(key), data, std::string(item_name), std::string(collection_name), value,
                              timestamp, owned(username), options),
                durability)
      .sequences.front();
}

BatchResult CollectionFastPersist::commit(const Batch& batch, const std::optional<Durability>& durability) {
  return impl_->engine->commit(batch, durability);
}

void CollectionFastPersist::sync() { impl_->engine->sync(); }

std::uint64_t CollectionFastPersist::delete_item(std::string_view key, std::string_view collection_name,
                                                 std::string_view item_name,
                                                 const std::optional<std::string_view>& username,
                                                 const ChangeOptions& options) {
  return commit(Batch().delete_item(std::string(key), std::string(collection_name), std::string(item_name),
                                    owned(username), options))
      .deleted;
}

std::uint64_t CollectionFastPersist::delete_collection(std::string_view key, std::string_view collection_name,
                                                       const std::optional<std::string_view>& username,
                                                       const ChangeOptions& options) {
  return impl_->engine->delete_all(key, collection_name, username, options);
}

std::uint64_t CollectionFastPersist::delete_key(std::string_view key, const std::optional<std::string_view>& username,
                                                const ChangeOptions& options) {
  return impl_->engine->delete_all(key, std::nullopt, username, options);
}

std::uint64_t CollectionFastPersist::restore_item(std::string_view key, std::string_view collection_name,
                                                  std::string_view item_name, std::uint32_t version,
                                                  const std::optional<std::string_view>& username,
                                                  const ChangeOptions& options) {
  return impl_->engine->restore_item(key, collection_name, item_name, version, username, options);
}

void CollectionFastPersist::store_async(std::string key, Data data, std::string item_name, std::string collection_name,
                                        Value value, std::optional<Timestamp> timestamp,
                                        std::optional<std::string> username, StoreCallback done, ChangeOptions options,
                                        std::optional<Durability> durability) {
  impl_->engine->store_async({{false, std::move(key), std::move(data), std::move(item_name), std::move(collection_name),
                               std::move(value), timestamp, std::move(username), std::move(options)},
                              std::move(done),
                              durability.value_or(impl_->engine->config().durability)});
}

std::optional<Collections> CollectionFastPersist::get_key(std::string_view key) {
  return impl_->engine->readable_cache().get_key(key);
}

std::optional<Items> CollectionFastPersist::get_key(std::string_view key, std::string_view collection_name) {
  return impl_->engine->readable_cache().get_collection(key, collection_name);
}

std::optional<Record> CollectionFastPersist::get_item(std::string_view key, std::string_view collection_name,
                                                      std::string_view item_name) {
  return impl_->engine->readable_cache().get_item(key, collection_name, item_name);
}

std::optional<std::optional<Record>> CollectionFastPersist::peek_item(std::string_view key,
                                                                      std::string_view collection_name,
                                                                      std::string_view item_name) {
  return impl_->engine->readable_cache().peek_item(key, collection_name, item_name);
}

std::vector<ItemVersion> CollectionFastPersist::get_history(std::string_view key, std::string_view collection_name,
                                                            std::string_view item_name, const HistoryQuery& query) {
  return history::versions_of(impl_->engine->past(), {key, collection_name, item_name}, query);
}

std::optional<ItemVersion> CollectionFastPersist::get_version(std::string_view key, std::string_view collection_name,
                                                              std::string_view item_name, std::uint32_t version) {
  return history::version_of(impl_->engine->past(), {key, collection_name, item_name}, version);
}

VersionDiff CollectionFastPersist::diff(std::string_view key, std::string_view collection_name,
                                        std::string_view item_name, std::uint32_t a, std::uint32_t b) {
  return history::diff_of(impl_->engine->past(), {key, collection_name, item_name}, a, b);
}

std::optional<Collections> CollectionFastPersist::get_key(std::string_view key, const AsOf& as_of) {
  return history::key_at(impl_->engine->past(), key, as_of);
}

std::optional<Items> CollectionFastPersist::get_key(std::string_view key, std::string_view collection_name,
                                                    const AsOf& as_of) {
  return history::collection_at(impl_->engine->past(), key, collection_name, as_of);
}

std::optional<Record> CollectionFastPersist::get_item(std::string_view key, std::string_view collection_name,
                                                      std::string_view item_name, const AsOf& as_of) {
  return history::item_at(impl_->engine->past(), {key, collection_name, item_name}, as_of);
}

PastView CollectionFastPersist::as_of(const AsOf& moment) {
  return {*this, history::sequence_of(impl_->engine->past(), moment)};
}

std::optional<Collections> PastView::get_key(std::string_view key) const {
  return store_->get_key(key, AsOf(sequence_));
}

std::optional<Items> PastView::get_key(std::string_view key, std::string_view collection_name) const {
  return store_->get_key(key, collection_name, AsOf(sequence_));
}

std::optional<Record> PastView::get_item(std::string_view key, std::string_view collection_name,
                                         std::string_view item_name) const {
  return store_->get_item(key, collection_name, item_name, AsOf(sequence_));
}

std::vector<std::string> PastView::keys(const ListQuery& query) const {
  return history::keys_at(store_->impl_->engine->past(), sequence_, query);
}

std::vector<std::string> PastView::collections(std::string_view key, const ListQuery& query) const {
  return history::collections_at(store_->impl_->engine->past(), key, sequence_, query);
}

std::vector<Record> PastView::items(std::string_view key, std::string_view collection_name,
                                    const ListQuery& query) const {
  return history::items_at(store_->impl_->engine->past(), key, collection_name, sequence_, query);
}

Watcher CollectionFastPersist::watch(WatchOptions options) {
  return Watcher(impl_->engine->changes().open(std::move(options)));
}

Subscription CollectionFastPersist::subscribe(WatchCallback callback, WatchOptions options) {
  history::ChangeFeed& changes = impl_->engine->changes();
  return {Watcher(changes.open(std::move(options))), std::move(callback), changes.log_sink()};
}

std::vector<std::string> CollectionFastPersist::keys(const ListQuery& query) {
  return history::keys(impl_->engine->past(), query);
}

std::vector<std::string> CollectionFastPersist::collections(std::string_view key, const ListQuery& query) {
  return history::collections(impl_->engine->past(), key, query);
}

std::vector<Record> CollectionFastPersist::items(std::string_view key, std::string_view collection_name,
                                                 const ListQuery& query) {
  return history::items(impl_->engine->past(), key, collection_name, query);
}

std::vector<std::string> CollectionFastPersist::cached_keys() const {
  return impl_->engine->readable_cache().key_names();
}

void CollectionFastPersist::flush_data_to_duckdb() { impl_->engine->flush(); }

bool CollectionFastPersist::check_database_health(const std::filesystem::path& db_path, std::string_view table_name) {
  return impl_->engine->is_healthy(db_path, table_name);
}

std::uint64_t CollectionFastPersist::rebuild_history_from_wal(const Date& date) {
  return impl_->engine->rebuild_history_from_wal(date);
}

std::uint64_t CollectionFastPersist::rebuild_latest_from_history() { return impl_->engine->rebuild_latest(); }

BackupInfo CollectionFastPersist::backup() { return impl_->engine->back_up(); }

std::vector<BackupInfo> CollectionFastPersist::list_backups(bool verify) const {
  return impl_->engine->list_backups(verify);
}

Stats CollectionFastPersist::get_stats() const { return impl_->engine->stats(); }

void CollectionFastPersist::close() { impl_->engine->close(); }

QueryResult CollectionFastPersist::sql(std::string_view query, const std::vector<Value>& parameters,
                                       const QueryLimits& limits) {
  const auto names = [&](std::string_view table) {
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    return std::search(query.begin(), query.end(), table.begin(), table.end(), same) != query.end();
  };
  using Table = engine::OpenStore::Table;
  const bool of_latest = names(model::kLatestTable), of_history = names(model::kHistoryTable);
  return impl_->engine->query(of_latest ? of_history ? Table::both : Table::latest : Table::history, query, parameters,
                              limits);
}

QueryConnection& CollectionFastPersist::history_conn() { return impl_->history; }

QueryConnection& CollectionFastPersist::latest_conn() { return impl_->latest; }

ExportResult CollectionFastPersist::export_records(const std::filesystem::path& path, const ExportOptions& options) {
  return engine::export_records(*impl_->engine, path, options);
}

ImportResult CollectionFastPersist::import_records(const std::filesystem::path& path, const ImportOptions& options) {
  return engine::import_records(*impl_->engine, path, options);
}

std::filesystem::path CollectionFastPersist::base_dir() const { return impl_->engine->base_dir(); }

std::filesystem::path CollectionFastPersist::history_db_path() const { return base_dir() / model::kHistoryFile; }

std::filesystem::path CollectionFastPersist::latest_db_path() const { return base_dir() / model::kLatestFile; }

Date CollectionFastPersist::date() const { return impl_->engine->date(); }

}  // namespace cfp
