#pragma once

// DuckDB's allocator hands memory from one thread to another, unseen by the thread sanitizer like all inside of DuckDB.
// What of ours reads or writes a cell there is as unseen, so that no report of it has to be suppressed by name.

#if defined(__SANITIZE_THREAD__)
#define CFP_IN_FOREIGN_MEMORY __attribute__((no_sanitize("thread")))
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CFP_IN_FOREIGN_MEMORY __attribute__((no_sanitize("thread")))
#endif
#endif
#ifndef CFP_IN_FOREIGN_MEMORY
#define CFP_IN_FOREIGN_MEMORY
#endif
