// Deletes, restored versions, expected versions and batches through the public calls, on the real tables.

#include <gtest/gtest.h>

#include "oracle/reopened_store.h"

namespace cfp::oracle {
namespace {

class Changes : public ReopenedStore {
 protected:
  Changes() : ReopenedStore({{"grade", "int32"}}) {}

  std::uint64_t put(const std::string& item, const std::string& collection = "c", std::int64_t value = 1) {
    return store_->store("k", {}, item, collection, value);
  }
  [[nodiscard]] std::uint32_t version_of(const std::string& item, const std::string& collection = "c") {
    const auto record = store_->get_item("k", collection, item);
    return record ? record->version() : 0;
  }
  [[nodiscard]] std::string items(const std::string& collection = "c") {
    std::string names;
    if (const auto found = store_->get_key("k", collection)) {
      for (const Record& record : *found) names += record.item_name();
    }
    return names;
  }
  [[nodiscard]] std::string history(const std::string& columns, const std::string& where = "true") {
    std::string text;
    auto rows = store_->history_conn().execute("SELECT concat_ws(' ', " + columns + ") FROM storage_history WHERE " +
                                               where + " ORDER BY cfp_seq");
    while (const auto row = rows.fetchone()) text += std::get<std::string>(row->at(0)) + "\n";
    return text;
  }
};

/// After whatever end, loaded or not, flushed or not.
TEST_F(Changes, ADeletedItemIsGoneAndItsVersionsGoOnThroughAnyEnd) {
  put("a"), put("b");
  EXPECT_EQ(store_->delete_item("k", "c", "a", "ann"), 1U);
  for (int end = 0; end < 3; ++end) {
    EXPECT_EQ(items(), "b");
    EXPECT_FALSE(store_->get_item("k", "c", "a"));
    EXPECT_EQ(count_of(store_->latest_conn(), "storage_latest"), 1);
    end == 0 ? reopen_as_killed() : reopen();
  }
  EXPECT_EQ(history("version, cfp_op, data, coalesce(username, '-')", "item_name = 'a' AND cfp_op = 'delete'"),
            "2 delete {} ann\n");
  EXPECT_EQ(history("updated_at IS NULL", "cfp_op = 'delete'"), "false\n");
  put("a");
  EXPECT_EQ(version_of("a"), 3U);
  EXPECT_EQ(items(), "ba") << "what comes back comes last";
}

TEST_F(Changes, ADeleteThatNobodyFlushedKeepsWhoItWasThroughAKill) {
  put("a");
  store_->delete_item("k", "c", "a", "ann");
  reopen_as_killed();
  EXPECT_EQ(history("cfp_op, username", "cfp_op = 'delete'"), "delete ann\n");
}

TEST_F(Changes, DeletingWhatIsNotThereWritesNothing) {
  const std::uint64_t last = put("a");
  EXPECT_EQ(store_->delete_item("k", "c", "never"), 0U);
  EXPECT_EQ(store_->delete_item("never", "c", "a"), 0U);
  EXPECT_EQ(store_->delete_collection("k", "never"), 0U);
  EXPECT_EQ(store_->delete_key("never"), 0U);
  EXPECT_EQ(store_->get_stats().last_sequence, last);
  EXPECT_EQ(store_->delete_item("k", "c", "a"), 1U);
  EXPECT_EQ(store_->delete_item("k", "c", "a"), 0U);
  EXPECT_EQ(store_->get_stats().last_sequence, last + 1);
}

TEST_F(Changes, ACollectionOrAKeyIsDeletedAsOneBatchAndNothingElse) {
  for (const char* const collection : {"c", "d", ""}) put("a", collection), put("b", collection);
  store_->store("other", {}, "a", "c");
  reopen();
  EXPECT_EQ(store_->delete_collection("k", "c", "ann"), 2U);
  EXPECT_EQ(items("c"), "");
  EXPECT_EQ(items("d") + items(""), "abab");
  reopen_as_killed();
  EXPECT_EQ(store_->delete_key("k"), 4U);
  EXPECT_FALSE(store_->get_key("k"));
  reopen_as_killed();
  EXPECT_FALSE(store_->get_key("k"));
  EXPECT_TRUE(store_->get_item("other", "c", "a"));
  EXPECT_EQ(history("cfp_batch", "cfp_op = 'delete'"), "8\n8\n10\n10\n10\n10\n");
}

TEST_F(Changes, ARestoredVersionIsTheOldStateAsANewVersion) {
  store_->store("k", Data().set("grade", 3).set("when", "2025-01-02 03:04"), "a", "c", true,
                Timestamp("2025-01-02T03:04:05+02:00"), "ann");
  store_->store("k", {}, "a", "c", 1.5);
  const auto first = store_->get_item("k", "c", "a");
  store_->delete_item("k", "c", "a");
  EXPECT_EQ(store_->restore_item("k", "c", "a", 1), 4U);
  const auto restored = store_->get_item("k", "c", "a");
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->version(), 4U);
  EXPECT_EQ(restored->value(), Value(true));
  EXPECT_EQ(restored->username(), "ann");
  EXPECT_EQ(restored->timestamp(), Timestamp("2025-01-02T03:04:05+02:00"));
  EXPECT_EQ(history("data", "version = 1"), history("data", "version = 4"));
  EXPECT_EQ(history("grade", "version = 4"), "3\n");
  store_->restore_item("k", "c", "a", 2, "bob");
  EXPECT_EQ(store_->get_item("k", "c", "a")->value(), Value(1.5));
  EXPECT_EQ(store_->get_item("k", "c", "a")->username(), "bob");
  EXPECT_EQ(code_of([&] { store_->restore_item("k", "c", "a", 3); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { store_->restore_item("k", "c", "a", 6); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { store_->restore_item("k\xff", "c", "a", 1); }), ErrorCode::invalid_record);
  EXPECT_EQ(version_of("a"), 5U);
}

TEST_F(Changes, AnExpectedVersionThatIsNotThereChangesNothingAndSaysWhatIs) {
  const auto put_if = [&](std::uint32_t expected) {
    return store_->store("k", {}, "a", "c", {}, std::nullopt, std::nullopt, {.expected_version = expected});
  };
  const auto conflict = [&](const auto& call) -> std::int64_t {
    try {
      call();
      return -1;
    } catch (const VersionConflictError& error) {
      EXPECT_EQ(error.code(), ErrorCode::version_conflict);
      return error.current_version();
    }
  };
  EXPECT_EQ(conflict([&] { put_if(1); }), 0);
  EXPECT_EQ(put_if(0), 1U);
  EXPECT_EQ(conflict([&] { put_if(0); }), 1);
  EXPECT_EQ(put_if(1), 2U);
  reopen();  // its collection is not loaded
  EXPECT_EQ(conflict([&] { put_if(1); }), 2);
  EXPECT_EQ(conflict([&] { store_->delete_item("k", "c", "a", std::nullopt, {.expected_version = 1}); }), 2);
  EXPECT_EQ(store_->delete_item("k", "c", "a", std::nullopt, {.expected_version = 2}), 1U);
  EXPECT_EQ(conflict([&] { put_if(3); }), 0) << "a deleted item is not there";
  EXPECT_EQ(store_->delete_item("k", "c", "a", std::nullopt, {.expected_version = 0}), 0U);
  reopen();
  EXPECT_EQ(put_if(0), 4U);
  EXPECT_EQ(version_of("a"), 4U);
  EXPECT_EQ(store_->get_stats().last_sequence, 4U);
}

TEST_F(Changes, ABatchHappensInItsOrderAndAllAtOnce) {
  put("a"), put("b");
  Batch batch;
  batch.store("k", Data().set("n", 1), "a", "c", {}, std::nullopt, "ann", {.expected_version = 1})
      .store("k", {}, "a", "c", {}, std::nullopt, std::nullopt, {.expected_version = 2})
      .delete_item("k", "c", "b")
      .delete_item("k", "c", "b")
      .delete_item("k", "c", "never")
      .store("other", {}, "new", "", {}, std::nullopt, std::nullopt, {.expected_version = 0})
      .delete_item("other", "", "new", std::nullopt, {.expected_version = 1});
  const BatchResult done = store_->commit(batch);
  EXPECT_EQ(done.last_sequence, 7U);
  EXPECT_EQ(done.records, 5U);
  EXPECT_EQ(done.deleted, 2U);
  EXPECT_EQ(version_of("a"), 3U);
  EXPECT_EQ(items(), "a");
  EXPECT_FALSE(store_->get_key("other"));
  EXPECT_EQ(history("cfp_seq, cfp_batch", "cfp_seq > 2"), "3 3\n4 3\n5 3\n6 3\n7 3\n");
  EXPECT_EQ(store_->commit({}).records, 0U);
}

TEST_F(Changes, ABatchWithOneConflictOrOneMistakeIsRefusedWhole) {
  put("a");
  const auto refusal = [&](const Batch& batch) { return code_of([&] { store_->commit(batch); }); };
  const Batch good = Batch().store("k", {}, "new", "c").delete_item("k", "c", "a");
  try {
    store_->commit(Batch(good).store("k", {}, "new", "c", {}, std::nullopt, std::nullopt, {.expected_version = 0}));
    ADD_FAILURE() << "no conflict with the batch's own record";
  } catch (const VersionConflictError& error) {
    EXPECT_EQ(error.change(), 2U);
    EXPECT_EQ(error.current_version(), 1U);
  }
  EXPECT_EQ(refusal(Batch(good).store("k", "{", "x")), ErrorCode::invalid_record);
  EXPECT_EQ(refusal(Batch(good).store("k", R"({"grade":"high"})", "x")), ErrorCode::extra_schema);
  EXPECT_EQ(refusal(Batch(good).delete_item("k", std::string("\0", 1), "x")), ErrorCode::invalid_record);
  EXPECT_EQ(refusal(Batch(good).delete_item("k", "c", "a", "\xff")), ErrorCode::invalid_record);
  Batch large;
  for (int i = 0; i < 5; ++i) large.store("k", Data().set("text", std::string(14U << 20U, 'x')), std::to_string(i));
  EXPECT_EQ(refusal(large), ErrorCode::invalid_argument);
  EXPECT_EQ(items(), "a");
  EXPECT_EQ(store_->get_stats().last_sequence, 1U);
  EXPECT_EQ(store_->get_stats().unflushed_records, 1U);
  EXPECT_EQ(store_->commit(good).records, 2U) << "what was refused leaves nothing behind";
}

TEST_F(Changes, ALargeBatchKeepsItsOrderAndTellsOfItsFirstMistake) {
  constexpr int kMany = 501;
  Batch batch;
  for (int i = 0; i < kMany; ++i) {
    batch.store("k" + std::to_string(i % 3), Data().set("n", i), "i" + std::to_string(i % 100), "c", std::int64_t{i});
  }
  Batch late = batch;
  late.store("k", "{", "x").store(std::string("\0", 1), {}, "x");
  EXPECT_NE(text_of([&] { store_->commit(late); }).find("data"), std::string::npos);
  Batch early = Batch().store(std::string("\0", 1), {}, "x");
  for (const Batch::Change& change : late.changes()) early.store(change.key, change.data, change.item_name);
  EXPECT_NE(text_of([&] { store_->commit(early); }).find("key"), std::string::npos);
  EXPECT_EQ(store_->get_stats().last_sequence, 0U);
  for (int round = 0; round < 3; ++round) {
    const BatchResult done = store_->commit(batch);
    const std::uint64_t first = static_cast<std::uint64_t>(round) * kMany + 1;
    ASSERT_EQ(done.sequences.size(), static_cast<std::size_t>(kMany));
    for (std::size_t i = 0; i < kMany; ++i) ASSERT_EQ(done.sequences[i], first + i);
  }
  for (int i = kMany - 300; i < kMany; ++i) {
    const auto item = store_->get_item("k" + std::to_string(i % 3), "c", "i" + std::to_string(i % 100));
    ASSERT_TRUE(item);
    EXPECT_EQ(item->value(), Value(std::int64_t{i}));
    EXPECT_EQ(item->data().get_int("n"), i);
  }
}

TEST_F(Changes, AReaderChangesNothing) {
  put("a");
  store_->close();
  store_.reset();
  open(true);
  EXPECT_EQ(code_of([&] { store_->delete_item("k", "c", "a"); }), ErrorCode::read_only);
  EXPECT_EQ(code_of([&] { store_->delete_collection("k", "c"); }), ErrorCode::read_only);
  EXPECT_EQ(code_of([&] { store_->delete_key("k"); }), ErrorCode::read_only);
  EXPECT_EQ(code_of([&] { store_->restore_item("k", "c", "a", 1); }), ErrorCode::read_only);
  EXPECT_EQ(code_of([&] { store_->commit({}); }), ErrorCode::read_only);
  EXPECT_EQ(items(), "a");
}

}  // namespace
}  // namespace cfp::oracle
