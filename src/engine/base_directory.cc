#include "engine/base_directory.h"

#include <random>
#include <string>
#include <system_error>

#include "model/layout.h"

namespace cfp::engine {
namespace {

ErrorCode code_of(const std::error_code& code) {
  if (code == std::errc::permission_denied || code == std::errc::operation_not_permitted) return ErrorCode::permission;
  if (code == std::errc::read_only_file_system) return ErrorCode::read_only_disk;
  if (code == std::errc::no_space_on_device || code == std::errc::file_too_large || code.value() == EDQUOT) {
    return ErrorCode::disk_full;
  }
  const bool not_ours = code == std::errc::too_many_symbolic_link_levels || code == std::errc::not_a_directory ||
                        code == std::errc::invalid_argument || code == std::errc::file_exists;
  return not_ours ? ErrorCode::invalid_argument : ErrorCode::io;
}

std::string next_step(ErrorCode code) {
  switch (code) {
    case ErrorCode::permission:
      return "Give this user read and write access to the directory and its files.";
    case ErrorCode::read_only_disk:
      return "Mount the file system for writing, or choose another base_dir.";
    case ErrorCode::disk_full:
      return "Free some space and open again; nothing was lost.";
    case ErrorCode::invalid_argument:
      return "base_dir must be a directory of its own, and no symbolic link.";
    default:
      return "Look after the disk and open again; nothing was lost.";
  }
}

/// The note of whoever holds the lock: the first one there is, since a holder removes its own when it closes.
std::pair<std::string, std::string> find_note(os::Directory& base, const std::string& expected) {
  const std::string prefix = std::string(model::kLockFile) + "_";
  std::string name = expected;
  if (!base.contains(name)) {
    for (const os::DirectoryEntry& entry : base.list()) {
      if (entry.name.starts_with(prefix)) name = entry.name;
    }
  }
  try {
    std::string text = base.open(name, os::OpenMode::read)->read(0, 512);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.pop_back();
    return {name, text};
  } catch (const std::system_error&) {
    return {expected, "an unknown process"};
  }
}

}  // namespace

bool has_question_mark(const std::filesystem::path& base_dir) {
  std::error_code cause;  // of a path that cannot be followed: opening it says why
  const auto followed = std::filesystem::weakly_canonical(std::filesystem::absolute(base_dir, cause), cause);
  return (cause ? base_dir : followed).native().find('?') != std::string::npos;
}

CollectionFastPersistError describe(const std::system_error& error, const std::filesystem::path& path) {
  const ErrorCode code = code_of(error.code());
  return {code, "Cannot use " + path.string() + ": " + error.what() + ". " + next_step(code)};
}

std::string make_store_id() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::random_device device;
  std::string id;
  for (int i = 0; i < 32; ++i) id += kDigits[device() & 0xFU];
  return id;
}

void check_local_disk(const std::filesystem::path& base_dir, bool allow_network_fs) {
  if (allow_network_fs || !os::is_network_disk(base_dir)) return;
  throw CollectionFastPersistError(
      ErrorCode::network_disk, base_dir.string() +
                                   " is on a network file system, where the lock that keeps a second process out may "
                                   "not work. Choose a local directory, or set allow_network_fs.");
}

namespace {

[[noreturn]] void throw_locked(const std::filesystem::path& base_dir, os::Directory& base, const Date& date) {
  if (os::StoreLock::share(base_dir)) {
    throw CollectionFastPersistError(ErrorCode::locked,
                                     base_dir.string() +
                                         " is open read-only, here or in other processes, and nobody "
                                         "may write it meanwhile. Close it there, then open again.");
  }
  const auto [name, holder] = find_note(base, model::date_lock_file(date));
  const std::string of_date = name.substr(name.find('_') + 1);
  throw CollectionFastPersistError(
      ErrorCode::locked, "Another instance is already running for date " + of_date + ".\nLock file exists at " +
                             (base_dir / name).string() + "\nIt is held by " + holder +
                             ". One process writes a store: let the others ask that one, or close it first.");
}

}  // namespace

std::unique_ptr<os::StoreLock> lock_store(const std::filesystem::path& base_dir, os::Directory& base,
                                          const Date& date) {
  auto lock = os::StoreLock::acquire(base_dir);
  if (!lock) throw_locked(base_dir, base, date);
  return lock;
}

std::unique_ptr<os::StoreLock> share_store(const std::filesystem::path& base_dir, os::Directory& base) {
  if (!base.contains(model::kLockFile)) return nullptr;
  auto lock = os::StoreLock::share(base_dir);
  if (!lock) throw_locked(base_dir, base, Date::today());
  return lock;
}

std::string holder_of(os::Directory& base) { return find_note(base, std::string(model::kLockFile) + "_").second; }

void write_lock_note(os::Directory& base, const Date& date) noexcept {
  try {
    // Whoever wrote a note that is still there was killed: only the holder of the lock comes here.
    const std::string prefix = std::string(model::kLockFile) + "_";
    for (const os::DirectoryEntry& entry : base.list()) {
      const bool is_note =
          entry.name.starts_with(prefix) && model::parse_date_directory(entry.name.substr(prefix.size()));
      if (is_note && entry.kind == os::EntryKind::file) base.remove(entry.name);
    }
    const auto file = base.open(model::date_lock_file(date), os::OpenMode::create);
    file->write(0, os::describe_this_process() + "\n");
  } catch (...) {
    // A note that cannot be written is missed by nobody but the reader of an error message.
  }
}

void remove_lock_note(os::Directory& base, const Date& date) noexcept {
  try {
    const std::string name = model::date_lock_file(date);
    if (base.contains(name)) base.remove(name);
  } catch (...) {
    // The next open replaces it.
  }
}

}  // namespace cfp::engine
