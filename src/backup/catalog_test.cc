#include "backup/catalog.h"

#include <algorithm>

#include "support/backup_fixture.h"

namespace cfp::backup {
namespace {

class Catalog : public BackupFixture {};

TEST_F(Catalog, ListsTheHighestWatermarkFirstWhateverTheDates) {
  add_record();
  put_backup("2025-01-09");
  add_record();
  put_backup("2025-01-03");
  const auto backups = found();
  ASSERT_EQ(backups.size(), 2U);
  EXPECT_EQ(backups[0].date, Date("2025-01-03"));
  EXPECT_EQ(backups[0].watermark, 2U);
  EXPECT_EQ(backups[1].watermark, 1U);
}

TEST_F(Catalog, ListsWhatCannotBeReadLastAndSaysWhy) {
  add_record();
  put_backup("2025-01-01");
  put("2025-01-09", kHistoryBackup, "rotten");
  base_->open_directory("2025-01-08", true)->open_directory(kHistoryBackup, true);
  const auto backups = found();
  ASSERT_EQ(backups.size(), 3U);
  EXPECT_TRUE(backups[0].is_readable);
  for (const std::size_t at : {1U, 2U}) {
    EXPECT_FALSE(backups[at].is_readable);
    EXPECT_NE(backups[at].problem, "");
    EXPECT_EQ(backups[at].watermark, 0U);
  }
  EXPECT_EQ(readable_backups_of(kStoreId, backups).size(), 1U);
  EXPECT_TRUE(readable_backups_of(kOtherId, backups).empty());
}

TEST_F(Catalog, KnowsTheHighestWatermarkWhateverTheTimesOfTheFiles) {
  const auto highest = [&] {
    std::uint64_t watermark = 0;
    for (const BackupInfo& backup : newest_backups(*base_, *tables_)) watermark = std::max(watermark, backup.watermark);
    return watermark;
  };
  EXPECT_EQ(highest(), 0U);
  add_record();
  put_backup("2025-01-03");
  EXPECT_EQ(highest(), 1U);
  add_record();
  put_backup("2025-01-05");
  EXPECT_EQ(highest(), 2U);
  const auto first = disk_.content("/store/2025-01-03/" + kHistoryBackup);
  ASSERT_TRUE(first);
  put("2025-01-02", kHistoryBackup, *first);  // a copy, made after the other
  EXPECT_EQ(highest(), 2U);
  put("2025-01-09", kHistoryBackup, "rotten");
  EXPECT_EQ(highest(), 2U);
  add_record();
  put_backup("2025-01-01");
  EXPECT_EQ(highest(), 3U);
}

TEST_F(Catalog, SeesNothingInDraftsOtherNamesAndOtherDirectories) {
  put("2025-01-01", kHistoryBackup + ".tmp");
  put("2025-01-01", kHistoryBackup + ".corrupt");
  put("2025-01-02", kLatestBackup);
  put("elsewhere", kHistoryBackup);
  EXPECT_TRUE(found().empty());
}

TEST_F(Catalog, ChangesNothing) {
  put_backup("2025-01-01");
  put("2025-01-01", kHistoryBackup + ".tmp");
  const auto calls = disk_.calls();
  auto backups = found();
  verify_backups(backups, *tables_);
  EXPECT_EQ(disk_.calls(), calls);
}

}  // namespace
}  // namespace cfp::backup
