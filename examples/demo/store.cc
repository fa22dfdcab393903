// Sixteen threads store a package index. A run that finds records of an earlier one checks first that those are an
// unbroken part of the work: each thread stores its share in order, one record at a time, so that what a kill leaves of
// a share is its beginning, and all of it was acknowledged but at most the one record that was on its way.

#include <atomic>
#include <iomanip>
#include <iostream>
#include <stdexcept>
#include <string>

#include "commands.h"
#include "progress.h"
#include "stored_field.h"
#include "workers.h"

namespace demo {
namespace {

struct Counts {
  std::atomic<std::uint64_t> found = 0;
  std::atomic<std::uint64_t> differing = 0;
  std::atomic<std::uint64_t> behind_a_gap = 0;
  std::atomic<std::uint64_t> stored = 0;
};

enum class Present { no, yes, differs };

Present look_up(cfp::CollectionFastPersist& storage, const Field& field) {
  const auto record = storage.get_item(field.package, field.section, field.name);
  if (!record) return Present::no;
  return difference(*record, field).empty() ? Present::yes : Present::differs;
}

void store_share(cfp::CollectionFastPersist& storage, std::span<const Field* const> share, bool fresh, Counts& counts,
                 Progress& progress) {
  bool gap = false;
  for (const Field* field : share) {
    const Present present = fresh ? Present::no : look_up(storage, *field);
    if (present == Present::no) {
      gap = true;
    } else {
      ++(present == Present::yes ? counts.found : counts.differing);
      if (gap) ++counts.behind_a_gap;
    }
    if (present != Present::yes) {
      storage.store(field->package, data_of(*field), field->name, field->section, value_of(*field));
      ++counts.stored;
    }
    progress.add();
  }
}

void require_all_acknowledged(const Counts& counts, std::uint64_t acknowledged) {
  if (counts.found < acknowledged) {
    throw std::runtime_error(std::to_string(acknowledged) + " records were acknowledged before the kill, but only " +
                             std::to_string(counts.found) + " are there");
  }
  if (counts.differing > 0) throw std::runtime_error(std::to_string(counts.differing) + " records came back changed");
  if (counts.behind_a_gap > 0) {
    throw std::runtime_error(std::to_string(counts.behind_a_gap) + " records lie behind one that is missing");
  }
  std::cout << "all " << acknowledged << " records that were reported as acknowledged are there, without a gap\n";
}

}  // namespace

void store(const std::filesystem::path& index_file, const std::filesystem::path& directory,
           const StoreOptions& options) {
  const PackageIndex index(index_file);
  const auto shares = share_out(index.fields());

  std::cout << std::fixed << std::setprecision(2);
  const auto before_open = std::chrono::steady_clock::now();
  cfp::CollectionFastPersist storage(cfp::Date::today(), directory, config());
  const std::chrono::duration<double> open_time = std::chrono::steady_clock::now() - before_open;
  const cfp::Stats at_open = storage.get_stats();
  const bool fresh = at_open.last_sequence == 0;
  if (!fresh) {
    std::cout << "opened in " << open_time.count() << " s: " << at_open.recovered_records
              << " records recovered from the log, torn tail of " << at_open.torn_bytes << " bytes set aside\n";
  }

  Counts counts;
  double seconds = 0;
  {
    Progress progress(fresh ? "storing" : "resuming", index.fields().size(), options.report_descriptor);
    run_workers(shares, [&](std::size_t, std::span<const Field* const> share) {
      store_share(storage, share, fresh, counts, progress);
    });
    seconds = progress.seconds();
  }
  if (options.acknowledged) require_all_acknowledged(counts, *options.acknowledged);
  std::cout << counts.stored << " records stored by " << kWorkers << " threads, " << counts.found
            << " were there already and agree: " << seconds << " s, "
            << static_cast<std::uint64_t>(static_cast<double>(index.fields().size()) / seconds) << " fields/s\n";

  const auto before_close = std::chrono::steady_clock::now();
  storage.close();
  const std::chrono::duration<double> close_time = std::chrono::steady_clock::now() - before_close;
  std::cout << "closed in " << close_time.count() << " s\n";
}

}  // namespace demo
