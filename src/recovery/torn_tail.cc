#include "recovery/torn_tail.h"

#include "base/failpoint.h"
#include "model/layout.h"

namespace cfp::recovery {

std::string free_name(os::Directory& directory, const std::string& name, std::string_view suffix) {
  std::string free = name + std::string(suffix);
  for (int i = 2; directory.contains(free); ++i) free = name + "." + std::to_string(i) + std::string(suffix);
  return free;
}

std::uint64_t set_aside_tail(os::Directory& directory, const std::string& name, std::uint64_t offset,
                             std::uint64_t text_size) {
  const std::string aside = free_name(directory, name, model::kTornSuffix);
  if (offset == 0) {
    CFP_FAILPOINT("recovery.before_torn_rename");
    directory.rename(name, aside);
    directory.sync();
    return text_size;
  }
  const auto file = directory.open(name, os::OpenMode::write);
  const std::string tail = file->read(offset, text_size - offset);
  const std::string half_made = aside + std::string(model::kTemporarySuffix);
  const auto copy = directory.open(half_made, os::OpenMode::create);
  copy->write(0, tail);
  copy->sync();
  directory.rename(half_made, aside);
  directory.sync();
  CFP_FAILPOINT("recovery.before_torn_cut");
  file->truncate(offset);
  file->sync();
  return tail.size();
}

void settle_segment(os::Directory& directory, const std::string& name, const std::string& bytes,
                    std::uint64_t unsynced_from, std::uint64_t good_size) {
  const auto file = directory.open(name, os::OpenMode::write);
  if (unsynced_from < good_size)
    file->write(unsynced_from, std::string_view(bytes).substr(unsynced_from, good_size - unsynced_from));
  if (file->size() > good_size) file->truncate(good_size);
  file->sync();
  directory.sync();
  CFP_FAILPOINT("recovery.after_settle");
}

}  // namespace cfp::recovery
