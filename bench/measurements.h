#pragma once

#include <cstdint>
#include <string>

#include "options.h"
#include "report.h"

namespace cfp::bench {

/// store() by one thread: against the bare disk.
void measure_durable_store(const Options& options, Report& report);
/// store() by many threads: against peers.
void measure_stores_by_threads(const Options& options, Report& report);
/// commit() of a thousand records: against peers. What a delete, a batch and an import cost: against store() and
/// commit().
void measure_batches(const Options& options, Report& report);
/// get_item() of what is in memory: against a hash map under a shared mutex.
void measure_warm_reads(const Options& options, Report& report);
/// get_item() and get_key() of what is in memory: against peers; get_item() beside a writer: against none.
void measure_reads_by_peers(const Options& options, Report& report);
/// What a record in memory takes.
void measure_memory_of_records(const Options& options, Report& report);
/// store() that need not wait for the disk: a burst, and for a minute.
void measure_interval_stores(const Options& options, Report& report);
/// How costs grow with the number of items.
void measure_growth(const Options& options, Report& report);
/// A flush of new items: against a bare append to DuckDB.
void measure_flush(const Options& options, Report& report);
/// A flush over a long history: against one over a short one.
void measure_flush_over_history(const Options& options, Report& report);
/// How much longer store() takes while a flush runs: against the bare disk beside the same flush.
void measure_store_beside_flush(const Options& options, Report& report);
/// Opening, loading and flushing of a store with many items.
void measure_large_store(const Options& options, Report& report);
/// Versions of items, and what was there long ago, in a long history.
void measure_past_reads(const Options& options, Report& report);
/// Backup beside a running store, close without changes, and healing of a damaged history, with many items.
void measure_safety_net(const Options& options, Report& report);
/// Opening after a crash.
void measure_replay(const Options& options, Report& report);
/// What a process started by measure_replay does.
int run_replay_child(const Options& options);

}  // namespace cfp::bench
