// Images of stores with every damage to their DuckDB files that we know of, over every state of watermarks, log and
// backups: each heals to exactly what was acknowledged, or is refused and left as it is.

#include "oracle/healing_images.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>

#include "support/effort.h"
#include "support/seeded_choice.h"

namespace cfp::oracle {
namespace {

/// Which history and which latest lie there; 0 is none.
struct Tables {
  int history, latest;
};
constexpr Tables kTables[] = {{30, 30}, {25, 20}, {25, 25}, {20, 20}, {20, 10}, {10, 20}, {20, 0}, {0, 20}, {0, 0}};

enum class Log { whole, covered, from_10, from_20, gone };
constexpr Log kLogs[] = {Log::whole, Log::covered, Log::from_10, Log::from_20, Log::gone};

/// Watermarks of the backups that lie there; a negative one is rotten.
const std::vector<std::vector<int>> kBackups = {{}, {10}, {10, 20}, {10, -20}, {20, 30}, {20, -30}};

enum class Harm {
  none,
  removed,
  directory,
  emptied,
  cut,
  flipped,
  log_flipped,
  log_cut,
  log_foreign,
  foreign,
  swapped
};
constexpr Harm kHarms[] = {Harm::none,    Harm::removed,     Harm::directory, Harm::emptied,
                           Harm::cut,     Harm::flipped,     Harm::flipped,   Harm::log_flipped,
                           Harm::log_cut, Harm::log_foreign, Harm::foreign,   Harm::swapped};

enum class Outcome { heals, refuses, either };

/// What became of the images.
struct Outcomes {
  std::size_t opened = 0, refused = 0, healed_files = 0;
};

struct Image {
  Tables tables;
  Log log;
  std::vector<int> backups;
  Harm history, latest;
  std::uint64_t seed;

  [[nodiscard]] std::string text() const {
    std::string out = "history " + std::to_string(tables.history) + ", latest " + std::to_string(tables.latest) +
                      ", log " + std::to_string(static_cast<int>(log)) + ", harm to history " +
                      std::to_string(static_cast<int>(history)) + ", to latest " +
                      std::to_string(static_cast<int>(latest)) + ", seed " + std::to_string(seed) + ", backups";
    for (const int watermark : backups) out += " " + std::to_string(watermark);
    return out;
  }
  [[nodiscard]] bool has_backup(int watermark) const {
    return std::find(backups.begin(), backups.end(), watermark) != backups.end();
  }
  /// Whether anything in it knows of all the records; a store never loses all of them at once.
  [[nodiscard]] bool is_possible() const {
    const bool harms_wal = history == Harm::log_flipped || history == Harm::log_cut || history == Harm::log_foreign;
    if (harms_wal && tables.history != 25) return false;
    if (tables.history == 0 && history != Harm::none) return false;
    if (tables.latest == 0 && latest != Harm::none) return false;
    if ((history == Harm::swapped) != (latest == Harm::swapped)) return false;
    const bool latest_knows = tables.latest == 30 && latest == Harm::none;
    return log != Log::gone || has_backup(30) || latest_knows;
  }
  [[nodiscard]] Outcome expected() const {
    const int begins = log == Log::from_10 ? 10 : log == Log::from_20 ? 20 : 0;
    const auto serves = [&](int watermark) { return watermark >= 30 || (log != Log::gone && begins <= watermark); };
    const bool has_log = log != Log::gone;
    bool heals = has_log && begins == 0;
    for (const int watermark : backups) heals = heals || serves(watermark);
    bool history_helps = tables.history != 0 && history == Harm::none && serves(tables.history);
    // The checkpoint before the records that only DuckDB's log has; a file of another store's log.
    const bool harms_wal = history == Harm::log_flipped || history == Harm::log_cut || history == Harm::log_foreign;
    history_helps = history_helps || (harms_wal && serves(20));
    if (heals || history_helps) return Outcome::heals;
    return history == Harm::flipped && serves(tables.history) ? Outcome::either : Outcome::refuses;
  }
};

/// Changes a byte at a random place.
void flip_byte(const fs::path& file, support::SeededChoice& choice) {
  std::string content = content_of(file);
  if (content.empty()) return;
  const std::size_t at = choice.below(content.size());
  content[at] = static_cast<char>(content[at] ^ static_cast<char>(1 + choice.below(255)));
  write_content(file, content);
}

/// Files of one image, made in a directory of its own.
class MadeImage {
 public:
  MadeImage(const StorePieces& pieces, const Image& image) : pieces_(pieces), choice_(image.seed) {
    fs::create_directories(path() / kDay);
    fs::create_directories(path() / kNextDay);
    put_log(image.log);
    put_table(kHistoryName, image.tables.history);
    put_table(kLatestName, image.tables.latest);
    for (const int watermark : image.backups) put_backup(watermark);
    if (image.history == Harm::swapped) {
      swap_tables();
    } else {
      harm(kHistoryName, image.history);
      harm(kLatestName, image.latest);
    }
  }
  [[nodiscard]] fs::path path() const { return directory_.path() / "store"; }

 private:
  void put_log(Log log) {
    for (const auto& [end, names] : pieces_.segments()) {
      const bool is_gone = log == Log::gone || (log == Log::from_10 && end <= 10) || (log == Log::from_20 && end <= 20);
      if (is_gone) continue;
      const char* suffix = log != Log::whole && end <= 20 ? (end == 10 ? ".archived" : ".covered") : "";
      for (const fs::path& name : names) fs::copy_file(pieces_.of(0) / name, path() / (name.string() + suffix));
    }
  }
  void put_table(const std::string& name, int through) {
    if (through == 0) return;
    for (const char* suffix : {"", ".wal"}) {
      if (fs::exists(pieces_.of(through) / (name + suffix))) {
        fs::copy_file(pieces_.of(through) / (name + suffix), path() / (name + suffix));
      }
    }
  }
  void put_backup(int watermark) {
    const int through = std::abs(watermark);
    const fs::path backup = path() / ("2025-11-" + std::to_string(through)) / (std::string(kHistoryName) + ".backup");
    fs::create_directories(backup.parent_path());
    fs::copy_file(pieces_.of(through) / kHistoryName, backup);
    if (watermark < 0) fs::resize_file(backup, 12288 + choice_.below(200'000));
  }
  void swap_tables() {
    for (const char* suffix : {"", ".wal"}) {
      const fs::path a = path() / (std::string(kHistoryName) + suffix),
                     b = path() / (std::string(kLatestName) + suffix);
      const fs::path aside = path() / "aside";
      if (fs::exists(a)) fs::rename(a, aside);
      if (fs::exists(b)) fs::rename(b, a);
      if (fs::exists(aside)) fs::rename(aside, b);
    }
  }
  void harm(const std::string& name, Harm kind) {
    const fs::path file = path() / name, wal = path() / (name + ".wal");
    if (kind == Harm::removed || kind == Harm::directory || kind == Harm::foreign) fs::remove(file);
    if (kind == Harm::directory) fs::create_directories(file / "in" / "place");
    if (kind == Harm::emptied) fs::resize_file(file, 0);
    if (kind == Harm::cut) fs::resize_file(file, choice_.below(fs::file_size(file)));
    if (kind == Harm::flipped) flip_byte(file, choice_);
    // As if the scan in the background had found it: the damage of a file that was closed is not looked for at open.
    if (kind == Harm::flipped || kind == Harm::cut) write_content(path() / ".check", "");
    if (kind == Harm::log_flipped) flip_byte(wal, choice_);
    if (kind == Harm::log_cut) fs::resize_file(wal, choice_.below(fs::file_size(wal)));
    if (kind == Harm::log_foreign)
      fs::copy_file(pieces_.of(25) / (std::string(kLatestName) + ".wal"), wal, fs::copy_options::overwrite_existing);
    if (kind == Harm::foreign) {
      fs::remove(wal);
      fs::copy_file(pieces_.foreign() / name, file);
    }
  }

  const support::TemporaryDirectory directory_;
  const StorePieces& pieces_;
  support::SeededChoice choice_;
};

std::set<std::string> names_in(const fs::path& directory) {
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const std::string name = fs::relative(entry.path(), directory).string();
    const bool is_passing = name.starts_with(".tmp") || name.starts_with(".lock");
    if (!is_passing) names.insert(name);
  }
  return names;
}

class HealingImages : public ::testing::TestWithParam<std::size_t> {
 protected:
  static constexpr std::size_t kShards = 4;
  static void SetUpTestSuite() { pieces_ = std::make_unique<StorePieces>(); }
  static void TearDownTestSuite() { pieces_.reset(); }

  static std::uint64_t seed() {
    const char* const setting = std::getenv("CFP_SEED");
    return setting == nullptr ? 20261122 : std::strtoull(setting, nullptr, 10);
  }
  /// Every image, in an order that the seed decides; so are the places of the harm.
  static std::vector<Image> images(std::uint64_t chosen) {
    std::vector<Image> all;
    support::SeededChoice choice(chosen);
    for (const Tables& tables : kTables) {
      for (const Log log : kLogs) {
        for (const auto& backups : kBackups) {
          for (const Harm history : kHarms) {
            for (const Harm latest :
                 {Harm::none, Harm::removed, Harm::cut, Harm::flipped, Harm::foreign, Harm::swapped}) {
              const Image image{tables, log, backups, history, latest, choice.below(1'000'000'000)};
              if (image.is_possible()) all.push_back(image);
            }
          }
        }
      }
    }
    for (std::size_t i = all.size(); i > 1; --i) std::swap(all[i - 1], all[choice.below(i)]);
    return all;
  }

  static void check(const Image& image, Outcomes& outcomes) {
    SCOPED_TRACE(image.text());
    const MadeImage made(*pieces_, image);
    const auto names = names_in(made.path());
    const Outcome expected = image.expected();
    try {
      const CollectionFastPersist store(kNextDay, StorePieces::config(made.path()));
      outcomes.healed_files += store.get_stats().healed_files;
    } catch (const CollectionFastPersistError& error) {
      ++outcomes.refused;
      EXPECT_NE(expected, Outcome::heals) << error.what();
      expect_refusal(error, made, names);
      return;
    }
    ++outcomes.opened;
    EXPECT_NE(expected, Outcome::refuses);
    expect_whole(made.path());
  }
  static void expect_refusal(const CollectionFastPersistError& error, const MadeImage& made,
                             const std::set<std::string>& names) {
    const std::string text = error.what();
    EXPECT_EQ(error.code(), ErrorCode::corrupt) << text;
    EXPECT_TRUE(text.find(kHistoryName) != std::string::npos || text.find(".jsonl") != std::string::npos) << text;
    EXPECT_NE(text.find("repair(base_dir)"), std::string::npos) << text;
    EXPECT_EQ(names_in(made.path()), names) << "a refusal changes nothing";
  }
  /// Reopens, compares, appends, reopens, compares.
  static void expect_whole(const fs::path& path) {
    {
      CollectionFastPersist store(kNextDay, StorePieces::config(path));
      const Shown shown = Shown::of(store, kAcknowledged);
      EXPECT_EQ(shown.history, pieces_->shown().history);
      EXPECT_EQ(shown.latest, pieces_->shown().latest);
      EXPECT_EQ(shown.items, pieces_->shown().items);
      EXPECT_EQ(store.get_stats().healed_files, 0U) << "once is enough";
      for (std::uint64_t i = 31; i <= 33; ++i) store_one(store, i);
      store.close();
    }
    CollectionFastPersist store(kNextDay, StorePieces::config(path));
    EXPECT_EQ(Shown::of(store, kAcknowledged).history, pieces_->shown().history);
    EXPECT_EQ(count_of(store.history_conn(), "storage_history"), 33);
    EXPECT_EQ(store.get_item("key1", "collection", "item1")->version(),
              std::stoll(texts_of(store.history_conn(),
                                  "SELECT max(version)::VARCHAR FROM storage_history WHERE \"key\" = 'key1' AND "
                                  "collection_name = 'collection' AND item_name = 'item1'")
                             .front()));
  }

  static inline std::unique_ptr<StorePieces> pieces_;
};

TEST_P(HealingImages, HealToExactlyWhatWasAcknowledgedOrAreRefused) {
  const std::size_t wanted = support::at_effort({.ci = 80, .proof = 600, .soak = 100'000});
  Outcomes outcomes;
  // Once all were there, they come again with harm in other places.
  for (std::size_t begun = 0, round = 0; begun < wanted && !HasFailure(); ++round) {
    SCOPED_TRACE("CFP_SEED=" + std::to_string(seed() + round));
    const std::vector<Image> all = images(seed() + round);
    const std::size_t count = std::min(wanted - begun, all.size());
    for (std::size_t i = GetParam(); i < count && !HasFailure(); i += kShards) check(all[i], outcomes);
    begun += all.size();
  }
  support::report_count("images", outcomes.opened + outcomes.refused);
  support::report_count("images refused", outcomes.refused);
  support::report_count("healed files", outcomes.healed_files);
}

/// A closed store whose log and backups are elsewhere, and somebody else's history in its place.
TEST(HealingImage, NeitherOfTwoTablesOfDifferentStoresIsBelievedWhereNobodyElseIsThere) {
  const StorePieces pieces;
  for (const int through : {30, 20}) {
    const support::TemporaryDirectory directory;
    for (const auto& [name, from] :
         {std::pair(kHistoryName, pieces.foreign()), std::pair(kLatestName, pieces.of(through))}) {
      fs::copy_file(from / name, directory.path() / name);
    }
    const auto names = names_in(directory.path());
    const auto open = [&] { const CollectionFastPersist store(kNextDay, StorePieces::config(directory.path())); };
    EXPECT_EQ(code_of(open), ErrorCode::corrupt);
    EXPECT_NE(text_of(open).find("another store than storage_latest.duckdb"), std::string::npos) << text_of(open);
    EXPECT_EQ(code_of([&] { static_cast<void>(repair(directory.path())); }), ErrorCode::corrupt);
    CollectionConfig reading = StorePieces::config(directory.path());
    reading.read_only = true;
    write_content(directory.path() / ".lock", "");
    EXPECT_EQ(code_of([&] { const CollectionFastPersist store(kNextDay, reading); }), ErrorCode::corrupt);
    EXPECT_EQ(names_in(directory.path()), names);
    // The next step that the text names.
    fs::rename(directory.path() / kHistoryName, directory.path() / "strangers");
    RepairOptions options;
    options.dry_run = false;
    EXPECT_TRUE(repair(directory.path(), options).opens);
    CollectionFastPersist store(kNextDay, StorePieces::config(directory.path()));
    EXPECT_EQ(store.get_stats().last_sequence, static_cast<std::uint64_t>(through));
  }
}

INSTANTIATE_TEST_SUITE_P(Shards, HealingImages, ::testing::Range<std::size_t>(0, 4));

}  // namespace
}  // namespace cfp::oracle
