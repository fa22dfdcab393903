#include <sqlite3.h>

#include <mutex>
#include <stdexcept>

#include "contender.h"

namespace cfp::bench {
namespace {

constexpr const char* kTable =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE items(key TEXT NOT NULL, collection_name TEXT "
    "NOT NULL, item_name TEXT NOT NULL, data TEXT NOT NULL, value ANY, PRIMARY KEY(key, collection_name, item_name)) "
    "WITHOUT ROWID";

/// One connection with a mutex around it: threads that wait for each other's transactions by SQLite's own locks sleep
/// longer than it takes.
class Sqlite final : public Contender {
 public:
  explicit Sqlite(const std::filesystem::path& directory) {
    check(sqlite3_open((directory / "items.sqlite").c_str(), &database_));
    check(sqlite3_exec(database_, kTable, nullptr, nullptr, nullptr));
    begin_ = prepared("BEGIN IMMEDIATE");
    commit_ = prepared("COMMIT");
    put_ = prepared(
        "INSERT INTO items VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET data = excluded.data, value = "
        "excluded.value");
    get_ = prepared("SELECT data FROM items WHERE key = ?1 AND collection_name = ?2 AND item_name = ?3");
    list_ = prepared("SELECT data FROM items WHERE key = ?1 AND collection_name = ?2 ORDER BY item_name");
  }
  ~Sqlite() override {
    for (sqlite3_stmt* const statement : {begin_, commit_, put_, get_, list_}) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }

  void store(const Item& item) override {
    const std::lock_guard lock(mutex_);
    put(item);
  }
  void store_all(std::span<const Item> items) override {
    const std::lock_guard lock(mutex_);
    finish(begin_);
    for (const Item& item : items) put(item);
    finish(commit_);
  }
  std::size_t read(const Item& item) override {
    const std::lock_guard lock(mutex_);
    bind(get_, 1, item.key);
    bind(get_, 2, item.collection_name);
    bind(get_, 3, item.item_name);
    if (sqlite3_step(get_) != SQLITE_ROW) throw std::runtime_error("an item is missing");
    const std::size_t bytes = std::string(text_at(get_)).size();
    finish(get_);
    return bytes;
  }
  std::uint64_t sum_counts(const Item& item) override {
    const std::lock_guard lock(mutex_);
    bind(list_, 1, item.key);
    bind(list_, 2, item.collection_name);
    std::uint64_t sum = 0;
    while (sqlite3_step(list_) == SQLITE_ROW) sum += count_in(text_at(list_));
    check(sqlite3_reset(list_));
    return sum;
  }

 private:
  void check(int code) const {
    if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(database_));
  }
  sqlite3_stmt* prepared(const char* sql) const {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    return statement;
  }
  /// The text must stay until the statement is finished.
  void bind(sqlite3_stmt* statement, int place, const std::string& text) const {
    check(sqlite3_bind_text(statement, place, text.data(), static_cast<int>(text.size()), nullptr));
  }
  void bind(sqlite3_stmt* statement, int place, const Value& value) const {
    if (const auto* text = std::get_if<std::string>(&value)) return bind(statement, place, *text);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      return check(sqlite3_bind_int64(statement, place, *integer));
    }
    if (const auto* real = std::get_if<double>(&value)) return check(sqlite3_bind_double(statement, place, *real));
    check(sqlite3_bind_null(statement, place));
  }
  /// Runs it to its end.
  void finish(sqlite3_stmt* statement) const {
    while (sqlite3_step(statement) == SQLITE_ROW) {
    }
    check(sqlite3_reset(statement));
  }
  void put(const Item& item) const {
    bind(put_, 1, item.key);
    bind(put_, 2, item.collection_name);
    bind(put_, 3, item.item_name);
    bind(put_, 4, item.data.text());
    bind(put_, 5, item.value);
    finish(put_);
  }
  static std::string_view text_at(sqlite3_stmt* statement) {
    const void* const bytes = sqlite3_column_blob(statement, 0);
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement, 0))};
  }

  std::mutex mutex_;
  sqlite3* database_ = nullptr;
  sqlite3_stmt *begin_ = nullptr, *commit_ = nullptr, *put_ = nullptr, *get_ = nullptr, *list_ = nullptr;
};

}  // namespace

Kind sqlite_kind() {
  return {"SQLite", [](const std::filesystem::path& directory) { return std::make_unique<Sqlite>(directory); }};
}

}  // namespace cfp::bench
