// Stats as the text that Prometheus scrapes:
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

#include <array>
#include <charconv>
#include <string_view>

#include "cfp/metrics.h"

namespace cfp {
namespace {

/// Threads: one at a time.
class MetricsWriter {
 public:
  void counter(std::string_view name, std::string_view help, double value) { one(name, "counter", help, value); }
  void gauge(std::string_view name, std::string_view help, double value) { one(name, "gauge", help, value); }
  void counter(std::string_view name, std::string_view help, std::uint64_t value) { one(name, "counter", help, value); }
  void gauge(std::string_view name, std::string_view help, std::uint64_t value) { one(name, "gauge", help, value); }
  void moment(std::string_view name, std::string_view help, const std::optional<Timestamp>& at) {
    if (!at) return;
    one(name, "gauge", help, static_cast<double>(at->utc().time_since_epoch().count()) * 1e-6);
  }

  /// How long a thing took: two quantiles of the last ones, and count and sum of all.
  struct Times {
    std::uint64_t count;
    double seconds, p50, p99;
  };
  void summary(std::string_view name, std::string_view help, const Times& times) {
    head(name, "summary", help);
    if (times.count != 0) {
      sample(std::string(name) + "{quantile=\"0.5\"}", times.p50);
      sample(std::string(name) + "{quantile=\"0.99\"}", times.p99);
    }
    sample(std::string(name) + "_sum", times.seconds);
    sample(std::string(name) + "_count", times.count);
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void head(std::string_view name, std::string_view type, std::string_view help) {
    text_.append("# HELP ").append(name).append(" ").append(help);
    text_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
  }
  template <class Number>
  void sample(std::string_view name, Number value) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    text_.append(name).append(" ").append(digits.data(), end).append("\n");
  }
  template <class Number>
  void one(std::string_view name, std::string_view type, std::string_view help, Number value) {
    head(name, type, help);
    sample(name, value);
  }

  std::string text_;
};

void write_operations(MetricsWriter& out, const Stats& stats) {
  out.counter("cfp_stored_records_total", "Records stored since the open.", stats.stored_records);
  out.counter("cfp_deleted_records_total", "Deletes since the open.", stats.deleted_records);
  out.counter("cfp_loads_total", "Reads that had to load from the latest table.", stats.loads);
  out.counter("cfp_evicted_collections_total", "Collections that left memory to keep it bounded.",
              stats.evicted_collections);
  out.counter("cfp_backups_total", "Backups made since the open.", stats.backups_made);
  out.summary("cfp_sync_seconds", "Duration of syncs of the log.",
              {stats.syncs, stats.sync_seconds, stats.sync_p50_seconds, stats.sync_p99_seconds});
  out.summary("cfp_flush_seconds", "Duration of transactions that move records to the history table.",
              {stats.flushes, stats.flush_seconds, stats.flush_p50_seconds, stats.flush_p99_seconds});
}

void write_queue(MetricsWriter& out, const Stats& stats) {
  out.gauge("cfp_cached_keys", "Keys in memory.", stats.cache_size);
  out.gauge("cfp_cache_bytes", "Memory of what was read and stored.", stats.cache_bytes);
  out.gauge("cfp_last_sequence", "Sequence of the last acknowledged record.", stats.last_sequence);
  out.gauge("cfp_history_watermark", "The history table holds every record up to this sequence.",
            stats.history_watermark);
  out.gauge("cfp_latest_watermark", "The latest table reflects every record up to this sequence.",
            stats.latest_watermark);
  out.gauge("cfp_unsynced_records", "Records that are acknowledged and not on disk yet.", stats.unsynced_records);
  out.gauge("cfp_unflushed_records", "Records that are not yet in the history table.", stats.unflushed_records);
  out.gauge("cfp_unflushed_bytes", "Memory held for records that are not yet in the latest table.",
            stats.unflushed_bytes);
}

void write_disk(MetricsWriter& out, const Stats& stats) {
  out.gauge("cfp_log_segments", "Log segments that no backup covers yet.", stats.wal_files_count);
  out.gauge("cfp_log_bytes", "Bytes of these segments.", stats.log_bytes);
  out.gauge("cfp_kept_log_bytes", "Bytes of segments that a backup covers and that are kept.", stats.kept_log_bytes);
  out.gauge("cfp_set_aside_bytes", "Bytes of all files that were set aside.", stats.set_aside_bytes);
  out.gauge("cfp_torn_bytes", "Bytes that the last open set aside as a torn tail.", stats.torn_bytes);
  out.gauge("cfp_recovered_records", "Records that the last open read from the log.", stats.recovered_records);
  out.gauge("cfp_last_backup_watermark", "The last backup holds every record up to this sequence.",
            stats.last_backup_watermark);
  out.moment("cfp_last_backup_timestamp_seconds", "When the last backup was made.", stats.last_backup_at);
}

void write_trouble(MetricsWriter& out, const Stats& stats) {
  out.gauge("cfp_flush_errors", "Failed flushes since the last good one.", stats.flush_errors);
  out.moment("cfp_last_flush_error_timestamp_seconds", "When a flush failed last.", stats.last_flush_error_at);
  out.gauge("cfp_backup_failed", "1 when the last attempt of a backup failed.",
            std::uint64_t{stats.last_backup_error.empty() ? 0U : 1U});
  out.gauge("cfp_healed_files", "Table files that the last open built again.", stats.healed_files);
  out.gauge("cfp_damaged_files", "Table files in which damage was found since.", stats.damaged_files);
  out.gauge("cfp_unfit_fields", "Fields that did not fit their custom column on replay.", stats.unfit_fields);
}

}  // namespace

std::string metrics_text(const Stats& stats) {
  MetricsWriter out;
  write_operations(out, stats);
  write_queue(out, stats);
  write_disk(out, stats);
  write_trouble(out, stats);
  return out.take();
}

}  // namespace cfp
