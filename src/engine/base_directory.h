#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "cfp/error.h"
#include "cfp/timestamp.h"
#include "os/environment.h"
#include "os/store_lock.h"

namespace cfp::engine {

/// Whether one is in the path, wherever its links lead: DuckDB takes it for the end of a file's path, and would put its
/// logs into another directory.
bool has_question_mark(const std::filesystem::path& base_dir);

/// The error that callers see for one of the operating system's, about `path`.
CollectionFastPersistError describe(const std::system_error& error, const std::filesystem::path& path);

/// Takes the store's lock. Throws `locked` with who holds it, or that readers do.
std::unique_ptr<os::StoreLock> lock_store(const std::filesystem::path& base_dir, os::Directory& base, const Date& date);

/// Who says of itself that it holds the lock: process, host, since when.
std::string holder_of(os::Directory& base);
/// Takes a lock for reading, where there is a `.lock`; nullptr where there is none. Throws `locked` as above.
std::unique_ptr<os::StoreLock> share_store(const std::filesystem::path& base_dir, os::Directory& base);

/// Writes `.lock_{date}` for people, and removes those that killed processes left; it decides nothing, so what goes
/// wrong here is no error.
void write_lock_note(os::Directory& base, const Date& date) noexcept;
void remove_lock_note(os::Directory& base, const Date& date) noexcept;

/// 32 random hexadecimal digits.
std::string make_store_id();

/// Throws `network_disk` where the lock cannot be trusted.
void check_local_disk(const std::filesystem::path& base_dir, bool allow_network_fs);

}  // namespace cfp::engine
