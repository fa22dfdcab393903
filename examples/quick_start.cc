// The README's quick start, compiled with everything else so that it stays true.

#include <cfp/collection_fast_persist.h>

#include <iostream>

int main() try {
  cfp::CollectionConfig config;
  config.base_dir = "./my_storage";
  cfp::CollectionFastPersist storage(cfp::Date::today(), config);

  storage.store("user_profile", cfp::Data().set("label", "Age").set("status", "valid"), "age", "personal_info", 32);
  storage.store("user_profile", cfp::Data().set("label", "Height"), "height", "personal_info", 1.75);

  if (const auto items = storage.get_key("user_profile", "personal_info")) {
    for (const cfp::Record& item : *items) std::cout << item.item_name() << ": " << item.data_text() << '\n';
  }
  if (const auto age = storage.get_item("user_profile", "personal_info", "age")) {
    std::cout << "age is " << std::get<std::int64_t>(age->value()) << ", version " << age->version() << '\n';
  }
  storage.close();  // makes a verified backup, too
} catch (const cfp::CollectionFastPersistError& error) {
  std::cerr << cfp::to_string(error.code()) << ": " << error.what() << '\n';
  return 1;
}
