#include <atomic>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <string>

#include "commands.h"
#include "progress.h"
#include "stored_field.h"
#include "workers.h"

namespace demo {
namespace {

std::string compare(cfp::CollectionFastPersist& storage, const Field& field, bool once) {
  const auto record = storage.get_item(field.package, field.section, field.name);
  if (!record) return "missing";
  if (once && record->version() != 1) return "stored " + std::to_string(record->version()) + " times";
  return difference(*record, field);
}

// Rows of history, all versions of all items.
std::int64_t history_rows(cfp::CollectionFastPersist& storage) {
  const auto row = storage.history_conn().execute("SELECT count(*) FROM storage_history").fetchone();
  return std::get<std::int64_t>(row.value().front());
}

}  // namespace

void verify(const std::filesystem::path& index_file, const std::filesystem::path& directory, bool once) {
  constexpr std::uint64_t kShown = 10;
  const PackageIndex index(index_file);
  cfp::CollectionFastPersist storage(cfp::Date::today(), directory, config());
  std::atomic<std::uint64_t> differences = 0;
  {
    std::mutex output;
    Progress progress("verifying", index.fields().size());
    run_workers(share_out(index.fields()), [&](std::size_t, std::span<const Field* const> share) {
      for (const Field* field : share) {
        const std::string what = compare(storage, *field, once);
        if (!what.empty() && ++differences <= kShown) {
          const std::lock_guard lock(output);
          std::cout << name_of(*field) << ": " << what << '\n';
        }
        progress.add();
      }
    });
  }
  const std::int64_t rows = history_rows(storage);
  storage.close();
  const std::string total = std::to_string(index.fields().size());
  if (differences > 0) throw std::runtime_error(std::to_string(differences) + " of " + total + " fields disagree");
  if (once && rows != static_cast<std::int64_t>(index.fields().size())) {
    throw std::runtime_error("history has " + std::to_string(rows) + " rows for " + total + " records");
  }
  std::cout << "all " << total << " fields agree" << (once ? ", each stored exactly once" : "") << '\n';
}

}  // namespace demo
