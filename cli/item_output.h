#pragma once

// Items and their versions, as people and as programs see them. The keys of the objects are in docs/command_line.md.

#include <optional>
#include <string>

#include "cfp/collection_fast_persist.h"
#include "console.h"
#include "table.h"

namespace cfp::cli {

/// Sets "value", and "value_type" for a float that JSON has no number for.
void set_value(Data& object, const Value& value);
void set_optional(Data& object, const char* name, const std::optional<std::string>& text);

Data item_object(const std::string& key, const std::string& collection_name, const Record& record);
Data version_object(const std::string& key, const std::string& collection_name, const ItemVersion& version);

/// Printable: nothing for no value; text in quotes only where it needs them.
std::string value_text(const Value& value);
/// UTC, to the second.
std::string time_text(const Timestamp& time);
std::string time_text(const std::optional<Timestamp>& time);
/// "key/collection/item", each name printable.
std::string place_text(const std::string& key, const std::string& collection_name, const std::string& item_name);

/// All there is to say about one item.
void write_item(Console& console, const std::string& key, const std::string& collection_name, const Record& record);

/// Items of one key below each other; with the collection, where there are several.
class ItemTable {
 public:
  ItemTable(Console& console, std::string key, bool with_collection);
  void add(const std::string& collection_name, const Record& record);
  void finish();

 private:
  Console& console_;
  std::string key_;
  bool with_collection_;
  Table table_;
};

}  // namespace cfp::cli
