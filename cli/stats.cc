#include "cfp/error.h"
#include "cfp/metrics.h"
#include "command.h"
#include "ctrl_c.h"
#include "exit_code.h"
#include "item_output.h"
#include "opened_store.h"
#include "printable.h"
#include "store_files.h"
#include "units.h"

namespace cfp::cli {
namespace {

Data stats_object(const Stats& stats) {
  const auto set_moment = [](Data& object, const char* name, const std::optional<Timestamp>& moment) {
    if (moment) {
      object.set(name, *moment);
    } else {
      object.set(name, nullptr);
    }
  };
  Data object;
  object.set("last_sequence", stats.last_sequence).set("history_watermark", stats.history_watermark);
  object.set("latest_watermark", stats.latest_watermark).set("unflushed_records", stats.unflushed_records);
  object.set("unflushed_bytes", stats.unflushed_bytes).set("modified_records", stats.modified_records);
  object.set("wal_files_count", stats.wal_files_count).set("log_bytes", stats.log_bytes);
  object.set("set_aside_bytes", stats.set_aside_bytes).set("torn_bytes", stats.torn_bytes);
  object.set("recovered_records", stats.recovered_records);
  set_moment(object, "last_backup_at", stats.last_backup_at);
  object.set("last_backup_watermark", stats.last_backup_watermark);
  return object;
}

std::string backup_text(const std::optional<Timestamp>& at, std::uint64_t watermark) {
  if (!at) return "none";
  return age_of(*at) + " old, every record through " + count_text(watermark);
}

void show_stats(const Stats& stats, Console& console) {
  Fields fields;
  fields.add("last sequence", count_text(stats.last_sequence));
  fields.add("history through", count_text(stats.history_watermark));
  fields.add("latest through", count_text(stats.latest_watermark));
  fields.add("not in history yet", plural(stats.unflushed_records, "record"));
  fields.add("log", plural(stats.wal_files_count, "segment") + ", " + bytes_text(stats.log_bytes));
  fields.add("set aside", bytes_text(stats.set_aside_bytes) +
                              (stats.set_aside_bytes == 0 ? "" : ": look into it, 'cfp verify' says more"));
  fields.add("last backup", backup_text(stats.last_backup_at, stats.last_backup_watermark));
  fields.write(console);
}

Data files_object(const StoreFiles& files) {
  Data object;
  object.set("last_sequence", files.last_sequence).set("wal_files_count", files.log_files);
  object.set("log_bytes", files.log_bytes).set("set_aside_bytes", files.set_aside_bytes);
  if (files.last_backup_at) {
    object.set("last_backup_at", *files.last_backup_at);
  } else {
    object.set("last_backup_at", nullptr);
  }
  object.set("last_backup_watermark", files.last_backup_watermark);
  return object;
}

void show_files(const StoreFiles& files, Console& console) {
  Fields fields;
  fields.add("last sequence", count_text(files.last_sequence) +
                                  (files.last_record_at ? ", " + age_of(*files.last_record_at) + " old" : ""));
  fields.add("log", plural(files.log_files, "segment") + ", " + bytes_text(files.log_bytes));
  fields.add("set aside", bytes_text(files.set_aside_bytes));
  fields.add("last backup", backup_text(files.last_backup_at, files.last_backup_watermark));
  fields.write(console);
}

/// Numbers of the store, or, while somebody has it open, what its files tell.
void show_once(const Arguments& arguments, Console& console, bool files_will_do) {
  std::unique_ptr<CollectionFastPersist> store;
  try {
    store = open_to_read(arguments, console);
  } catch (const CollectionFastPersistError& error) {
    if (error.code() != ErrorCode::locked || !files_will_do) throw;
    console.note(std::string(error.what()) + "\nThese numbers are those of its files.");
    const StoreFiles files = look_at_files(arguments.base_dir());
    if (console.json()) {
      console.object(files_object(files));
    } else {
      show_files(files, console);
    }
    return;
  }
  const Stats stats = store->get_stats();
  if (arguments.has("--prometheus")) {
    console.write(metrics_text(stats));
  } else if (console.json()) {
    console.object(stats_object(stats));
  } else {
    show_stats(stats, console);
  }
}

/// A line for each interval, of the files alone, so that it goes on whoever opens and closes the store.
int watch_stats(const Arguments& arguments, Console& console, double seconds) {
  require_store(arguments.base_dir());
  listen_for_ctrl_c();
  const auto pause = std::chrono::milliseconds(static_cast<std::int64_t>(std::min(seconds, 86'400.0) * 1000));
  std::optional<std::uint64_t> before;
  if (!console.json())
    console.line(console.paint(Style::bold, "   LAST SEQUENCE   RECORDS/S         LOG  SET ASIDE  BACKUP"));
  do {
    const StoreFiles files = look_at_files(arguments.base_dir());
    const std::uint64_t made =
        files.last_sequence - std::min(before.value_or(files.last_sequence), files.last_sequence);
    before = files.last_sequence;
    if (console.json()) {
      console.object(files_object(files));
    } else {
      const auto right = [](const std::string& text, std::size_t width) {
        return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
      };
      const auto rate = static_cast<std::uint64_t>(static_cast<double>(made) / seconds);
      console.line(right(count_text(files.last_sequence), 16) + right(count_text(rate), 12) +
                   right(bytes_text(files.log_bytes), 12) + right(bytes_text(files.set_aside_bytes), 11) + "  " +
                   (files.last_backup_at ? age_of(*files.last_backup_at) + " old" : "none"));
    }
    console.flush();
  } while (pause_unless_ctrl_c(pause));
  return kOk;
}

int run_stats(const Arguments& arguments, Console& console) {
  if (arguments.has("--watch") && arguments.has("--prometheus")) {
    throw UsageError("--watch and --prometheus exclude each other: Prometheus asks again by itself.");
  }
  if (arguments.has("--prometheus") && console.json()) throw UsageError("--prometheus is a format of its own.");
  if (arguments.has("--watch")) return watch_stats(arguments, console, arguments.seconds("--interval").value_or(2));
  show_once(arguments, console, !arguments.has("--prometheus"));
  return kOk;
}

}  // namespace

Command stats_command() {
  Command command{
      .name = "stats", .summary = "Show numbers of the store, as its log, its backups and its age.", .run = run_stats};
  command.options = {
      {.names = "--watch", .help = "A line every two seconds, also while the store is open elsewhere."},
      {.names = "--interval", .help = "Seconds between two lines.", .value = "SECONDS"},
      {.names = "--prometheus", .help = "The text format that Prometheus scrapes; of a store that is closed."}};
  command.examples = {{"cfp stats", ""}, {"cfp stats --watch --interval 10", ""}, {"cfp stats --prometheus", ""}};
  return command;
}

}  // namespace cfp::cli
