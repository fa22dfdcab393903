#include "faults/failing_run.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

#include "cfp/collection_fast_persist.h"
#include "crash/workload.h"

namespace cfp::faults {
namespace {

constexpr double kNever = 3600;
constexpr std::uint64_t kRecordsPerPart = 4;

/// Nothing happens by itself but the look at the backups after an open.
CollectionConfig config_for(const std::string& directory) {
  CollectionConfig config;
  config.base_dir = directory;
  config.max_wal_size = 4096;
  config.batch_size = 1'000'000;
  config.duckdb_flush_interval_seconds = kNever;
  config.latest_interval_seconds = kNever;
  config.allow_network_fs = true;
  config.retain_days = 0;
  return config;
}

/// What one store has acknowledged, and whether it answers so.
class Session {
 public:
  Session(CollectionFastPersist& store, std::uint64_t run, void (*print)(const std::string&))
      : store_(store), run_(run), print_(print) {}

  void store_some() {
    for (std::uint64_t i = 0; i < kRecordsPerPart; ++i) {
      const auto record = crash::planned_record(run_, 0, next_);
      attempt("store", [&] {
        const std::uint64_t sequence = store_.store(record.key, record.data, record.item_name, record.collection_name);
        print_(crash::acknowledgement(run_, 0, next_++, sequence));
        last_[{record.key, record.collection_name, record.item_name}] = sequence;
        newest_ = sequence;
      });
    }
  }

  /// True when it did not throw.
  template <class Step>
  bool attempt(const std::string& name, const Step& step) {
    try {
      step();
      return true;
    } catch (const CollectionFastPersistError& error) {
      print_("error " + name + " " + std::string(to_string(error.code())) + "\n");
      return false;
    }
  }

  void flush() {
    if (attempt("flush", [&] { store_.flush_data_to_duckdb(); })) {
      expect(store_.get_stats().history_watermark == newest_, "flush returned, and history lacks records");
    }
  }
  void query() {
    attempt("history", [&] { expect(newest_in(store_.history_conn(), "storage_history") == newest_, "history"); });
    attempt("latest", [&] { expect(newest_in(store_.latest_conn(), "storage_latest") == newest_, "latest"); });
  }
  void back_up() {
    attempt("backup", [&] { expect(store_.backup().watermark == newest_, "a backup that lacks records"); });
  }
  void read_all() {
    for (const auto& [name, sequence] : last_) {
      const auto& [key, collection_name, item_name] = name;
      attempt("read", [&] {
        const auto record = store_.get_item(key, collection_name, item_name);
        expect(record && record->sequence() == sequence, "a read of " + key + "/" + collection_name + "/" + item_name);
      });
    }
  }

 private:
  void expect(bool is_true, const std::string& what) {
    if (!is_true) print_("lie " + what + "\n");
  }
  static std::uint64_t newest_in(QueryConnection& table, const std::string& name) {
    const auto rows = table.execute("SELECT max(cfp_seq) FROM " + name).fetchall();
    const auto* const newest = std::get_if<std::uint64_t>(&rows.at(0).at(0));
    return newest == nullptr ? 0 : *newest;
  }

  CollectionFastPersist& store_;
  const std::uint64_t run_;
  void (*const print_)(const std::string&);
  std::uint64_t next_ = 0, newest_ = 0;
  std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t> last_;
};

}  // namespace

void run_with_failing_calls(const std::string& directory, std::uint64_t run, const FailingCalls& calls,
                            void (*print)(const std::string&)) {
  arm(calls);
  try {
    CollectionFastPersist store(crash::kDate, config_for(directory));
    Session session(store, run, print);
    session.store_some();
    session.flush();
    session.store_some();
    session.query();
    session.back_up();
    session.store_some();
    session.read_all();
    session.attempt("rebuild latest", [&] { static_cast<void>(store.rebuild_latest_from_history()); });
    session.store_some();
    session.back_up();
    session.query();
    session.store_some();
    session.read_all();
    if (!session.attempt("close", [&] { store.close(); })) session.attempt("second close", [&] { store.close(); });
  } catch (const CollectionFastPersistError& error) {
    print("error open " + std::string(to_string(error.code())) + "\n");
  }
  print("calls " + std::to_string(counted_calls()) + "\nend\n");
}

}  // namespace cfp::faults
