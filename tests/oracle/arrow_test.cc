// Query results as Arrow streams, through the front door.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "oracle/opened_store.h"
#include "support/arrow_reader.h"

namespace cfp::oracle {
namespace {

using support::ArrowColumn;
using support::ArrowStream;

constexpr const char* kAll = "SELECT item_name, value_int FROM storage_history ORDER BY version, item_name";

class Arrow : public ::testing::Test {
 protected:
  [[nodiscard]] CollectionConfig config() const { return calm_config(directory_.path() / "store"); }
  void write_and_close() const {
    CollectionFastPersist store(kDay, config());
    store.store("k", "{}", "a", "", std::int64_t{1});
    store.store("k", "{}", "b");
    store.close();
  }
  static void check(QueryConnection& connection) {
    QueryResult result = connection.execute(kAll);
    ArrowStream rows(result);
    const auto batch = rows.next();
    ASSERT_EQ(batch->length, 2);
    EXPECT_EQ(ArrowColumn(*batch->children[0]).text(1), "b");
    EXPECT_EQ(ArrowColumn(*batch->children[1]).number<std::int64_t>(0), 1);
    EXPECT_TRUE(ArrowColumn(*batch->children[1]).is_null(1));
    EXPECT_TRUE(rows.next().is_empty());
  }

 private:
  const support::TemporaryDirectory directory_;
};

TEST_F(Arrow, IsGivenByALiveStoreAndByOneOpenedForReadingOnly) {
  write_and_close();
  {
    CollectionFastPersist store(kDay, config());
    check(store.history_conn());
  }
  auto reading = config();
  reading.read_only = true;
  CollectionFastPersist store(kDay, reading);
  check(store.history_conn());
}

TEST_F(Arrow, AStreamStaysAtItsSnapshotAndOutlivesItsResultAndItsStore) {
  std::optional<ArrowStream> rows, unread;
  {
    CollectionFastPersist store(kDay, config());
    store.store("k", "{}", "a", "", std::int64_t{1});
    QueryResult result = store.history_conn().execute(kAll);
    rows.emplace(result);
    store.store("k", "{}", "b");
    store.flush_data_to_duckdb();
    EXPECT_EQ(rows->next()->length, 1);
    QueryResult other = store.history_conn().execute(kAll);
    unread.emplace(other);
  }
  EXPECT_THROW(static_cast<void>(unread->next()), std::runtime_error);
  EXPECT_NE(unread->last_error().find("closed"), std::string::npos) << unread->last_error();
}

TEST_F(Arrow, AStreamThatIsReadWhileTheStoreClosesGivesAllOrSaysClosed) {
  write_and_close();
  CollectionFastPersist store(kDay, config());
  std::atomic<int> streams{0};
  std::thread reader([&] {
    try {
      for (;; ++streams) {
        QueryResult result = store.history_conn().execute("SELECT n, 'row ' || n FROM range(9000) t(n)");
        ArrowStream rows(result);
        std::int64_t count = 0;
        for (;;) {
          const auto batch = rows.next();
          if (batch.is_empty()) break;
          count += batch->length;
        }
        EXPECT_EQ(count, 9000);
      }
    } catch (const std::exception& error) {
      EXPECT_NE(std::string(error.what()).find("closed"), std::string::npos) << error.what();
    }
  });
  while (streams < 3) std::this_thread::yield();
  store.close();
  reader.join();
}

}  // namespace
}  // namespace cfp::oracle
