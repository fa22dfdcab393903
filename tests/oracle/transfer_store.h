#pragma once

// A store beside a directory for the files that its records go to, and the stores that they are brought into.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "oracle/hostile_names.h"
#include "oracle/reopened_store.h"
#include "support/random_document.h"

namespace cfp::oracle {

constexpr FileFormat kFormats[] = {FileFormat::jsonl, FileFormat::csv, FileFormat::parquet};
constexpr const char* kEndings[] = {".jsonl", ".csv", ".parquet"};

inline std::vector<Value> odd_values() {
  using Real = std::numeric_limits<double>;
  return {std::monostate{},
          true,
          false,
          std::int64_t{0},
          std::int64_t{1},
          INT64_MIN,
          INT64_MAX,
          0.0,
          0.1,
          Real::denorm_min(),
          Real::max(),
          Real::infinity(),
          -Real::infinity(),
          std::string(),
          std::string("null"),
          std::string("5"),
          std::string("a\0b", 3),
          std::string("\"quoted\", and\r\n\nlines"),
          std::string(40'000, 'y')};
}

/// Everything that is there, as text: what two stores must agree on.
using Content = std::map<std::vector<std::string>, std::string>;

inline std::string said_of(const Record& record) {
  std::string value = std::visit(
      [](const auto& v) -> std::string {
        using V = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<V, std::monostate>)
          return "none";
        else if constexpr (std::is_same_v<V, std::string>)
          return "s" + v;
        else if constexpr (std::is_same_v<V, double>)
          return "r" + std::to_string(std::bit_cast<std::uint64_t>(v));
        else
          return (std::is_same_v<V, bool> ? "b" : "i") + std::to_string(v);
      },
      record.value());
  return std::string(record.data_text()) + "|" + value + "|" +
         (record.timestamp() ? record.timestamp()->to_string() : "none") + "|" + record.username().value_or("none");
}

inline Content content_of_store(CollectionFastPersist& store) {
  Content content;
  for (const std::string& key : store.keys({.limit = 100'000})) {
    const auto collections = store.get_key(key);
    if (!collections) continue;
    for (const Collection& collection : *collections) {
      for (const Record& item : collection.items)
        content[{key, collection.name, std::string(item.item_name())}] = said_of(item);
    }
  }
  return content;
}

/// The first place where they differ, or "the same".
inline std::string difference(const Content& is, const Content& expected) {
  for (const auto& [name, said] : expected) {
    const auto found = is.find(name);
    if (found == is.end()) return testing::PrintToString(name) + " is missing";
    if (found->second != said) return testing::PrintToString(name) + " is " + found->second + "\nnot " + said;
  }
  return is.size() == expected.size() ? "the same" : "there are more items";
}

class Transfer : public ReopenedStore {
 protected:
  Transfer() : ReopenedStore({{"score", "float64"}, {"plan", "string"}}) {}
  [[nodiscard]] fs::path file(const std::string& name) const { return files_.path() / name; }
  std::string written(const std::string& name, const std::string& content) const {
    write_content(file(name), content);
    return file(name);
  }
  void fill() {
    std::int64_t at = 0;
    for (const std::string& name : names_that_are_kept()) {
      const std::string& collection = at % 3 == 0 ? name : "c";
      store_->store(name, test::RandomDocument(static_cast<std::uint64_t>(at), 3).text, at % 5 == 0 ? name : "i",
                    collection, at);
      if (++at == 100) store_->flush_data_to_duckdb();
    }
    const std::vector<Value> values = odd_values();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string item = "v" + std::to_string(i);
      store_->store("values", Data().set("score", 0.5).set("plan", "a"), item, "c", values[i],
                    Timestamp("2024-02-29T23:59:59.123456+05:30"), "me", {.reason = "because"});
      store_->store("values", Data().set("n", UINT64_MAX), item, "c", values[values.size() - 1 - i]);
      if (i % 4 == 0) store_->delete_item("values", "c", item, "you", {.reason = "gone"});
    }
    store_->store("values", Data().set("value", true).set("timestamp", "2024-01-01"), "in data", "c");
  }
  std::unique_ptr<CollectionFastPersist> another() {
    CollectionConfig config = calm_config(files_.path() / ("other" + std::to_string(++others_)));
    config.extra_schema = {{"score", "float64"}, {"plan", "string"}};
    config.backup_on_close = false;
    return std::make_unique<CollectionFastPersist>(kDay, config);
  }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(files_.path()), {}));
  }

  const support::TemporaryDirectory files_;
  int others_ = 0;
};

}  // namespace cfp::oracle
