// Somebody else's program: it opens a store in the directory it is given, stores, reads and closes; then once more.

#include <cfp/collection_fast_persist.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <variant>

int main(int argc, char** argv) try {
  if (argc != 2) return 2;
  cfp::CollectionConfig config;
  config.base_dir = argv[1];
  for (std::int64_t version = 1; version <= 2; ++version) {
    cfp::CollectionFastPersist storage(cfp::Date::today(), config);
    storage.store("room", cfp::Data().set("label", "Window"), "seat", "left", version);
    const auto seat = storage.get_item("room", "left", "seat");
    if (!seat || std::get<std::int64_t>(seat->value()) != version || seat->version() != version) return 3;
    auto rows = storage.history_conn().execute("SELECT count(*) FROM storage_history");
    if (!rows.fetchone()) return 4;
    storage.close();
  }
  std::cout << "stored and read\n";
} catch (const cfp::CollectionFastPersistError& error) {
  std::cerr << cfp::to_string(error.code()) << ": " << error.what() << '\n';
  return 1;
}
