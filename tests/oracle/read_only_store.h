#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <variant>

#include "crash/child_process.h"
#include "oracle/opened_store.h"
#include "support/directory_listing.h"

namespace cfp::oracle {

/// A store in a directory of its own, left by a writer, and the ways to look at it. Threads: one.
class ReadOnly : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path path() const { return directory_.path() / "store"; }
  [[nodiscard]] CollectionConfig writing() const { return calm_config(path()); }
  [[nodiscard]] CollectionConfig reading() {
    CollectionConfig config = calm_config(path());
    config.read_only = true;
    config.log_sink = [this](LogLevel, std::string_view message) { messages_.append(message).append("\n"); };
    return config;
  }
  /// What readers reported.
  [[nodiscard]] const std::string& messages() const { return messages_; }

  /// Items i0, i1, ... of one collection, with their number as value.
  void write_and_close(int items) {
    CollectionFastPersist store(kDay, writing());
    for (int n = 0; n < items; ++n) store.store("k", Data().set("n", n), "i" + std::to_string(n), "c", n);
    store.close();
  }
  /// What a SIGKILL after `work` leaves.
  void leave_killed(const std::function<void(CollectionFastPersist&)>& work) {
    CollectionConfig config = writing();
    config.base_dir = directory_.path() / "killed";
    CollectionFastPersist store(kDay, config);
    work(store);
    copy_as_killed(config.base_dir, path());
  }

  static std::int64_t number_of(CollectionFastPersist& store, const std::string& item) {
    const auto record = store.get_item("k", "c", item);
    return record ? std::get<std::int64_t>(record->value()) : -1;
  }

  void expect_refused_unchanged(ErrorCode code, const std::string& part) {
    const auto before = support::listing_of(path());
    const auto open = [&] { CollectionFastPersist store(kNextDay, reading()); };
    EXPECT_EQ(code_of(open), code) << text_of(open);
    EXPECT_NE(text_of(open).find(part), std::string::npos) << text_of(open);
    EXPECT_EQ(support::listing_of(path()), before);
  }

  /// A writer goes on behind `last` records, and a reader agrees with it afterwards.
  void expect_goes_on(std::uint64_t last) {
    {
      CollectionFastPersist store(kNextDay, writing());
      EXPECT_EQ(store.get_stats().last_sequence, last);
      EXPECT_GT(store.store("k", Data(), "more", "c", 77), last);
      store.close();
    }
    CollectionFastPersist store(kNextDay, reading());
    EXPECT_EQ(number_of(store, "more"), 77);
    EXPECT_EQ(count_of(store.history_conn(), "storage_history"), static_cast<std::int64_t>(last) + 1);
    store.close();
  }

 private:
  const support::TemporaryDirectory directory_;
  std::string messages_;
};

}  // namespace cfp::oracle
